"""What every way of computing is given: a home, its landed files, and the settings of the run. Imports little."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Inputs:
    """`seeds`: the folder of the shipped policy."""

    home: Path
    lake: Path
    seeds: Path
    as_of: dt.date
    reporting_currency: str
    fx_baseline_on: dt.date

    @classmethod
    def of(cls, home: Path, as_of: dt.date) -> Self:
        """Those of a home."""
        from pipelines.settings import PROJECT_ROOT, load_settings

        settings = load_settings(home, as_of=as_of)
        seeds = PROJECT_ROOT / "dbt_project" / "seeds" / "policy"
        return cls(home, settings.lake, seeds, as_of, settings.reporting_currency, settings.fx_baseline_on)

    def text(self) -> str:
        """For the command line of a process that measures."""
        return json.dumps({name: str(value) for name, value in vars(self).items()})

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `text`."""
        values = json.loads(text)
        home, lake, seeds = (Path(values[name]) for name in ("home", "lake", "seeds"))
        as_of, fx_baseline_on = (dt.date.fromisoformat(values[name]) for name in ("as_of", "fx_baseline_on"))
        return cls(home, lake, seeds, as_of, values["reporting_currency"], fx_baseline_on)
