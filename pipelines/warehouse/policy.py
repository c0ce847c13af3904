"""The company's policy: `<home>/policy/<seed>.csv`, laid over the seeds shipped in dbt_project/seeds/policy.

A company's rows with the same set key and `valid_from` replace the shipped set (see macros/engine/overlay.sql). What a
set key is stands with the seed, in seeds/policy/_policy.yml.
"""

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.errors import UserError
from pipelines.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds" / "policy"


@dataclass(frozen=True)
class Seed:
    """A policy seed: its columns with SQL types, its key, the columns that name one set of rows, and its checks.

    `lint` are the checks declared in the seed's yml; what they mean is said in pipelines/warehouse/policy_rules.py.
    """

    name: str
    types: dict[str, str]
    key: list[str]
    set_key: list[str]
    lint: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return SEEDS / f"{self.name}.csv"


@functools.cache
def seeds() -> dict[str, Seed]:
    """All policy seeds, as their yml files declare them."""
    found = {}
    for path in sorted(SEEDS.glob("*.yml")):
        for entry in yaml.load(path.read_bytes(), yaml.CSafeLoader)["seeds"]:
            config, meta = entry["config"], entry["config"]["meta"]
            found[entry["name"]] = Seed(
                entry["name"], config["column_types"], meta["key"], meta["set_key"], meta.get("lint", {})
            )
    return found


def overlays(folder: Path) -> dict[str, pl.DataFrame]:
    """The company's own seeds, text columns only, by seed name. {} where it has none.

    Raises UserError for a file that is no seed of ours or has other columns.
    """
    frames = {}
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        seed = seeds().get(path.stem)
        if seed is None:
            raise UserError(
                f"there is no policy seed '{path.stem}'", where=str(path), done="nothing was built",
                do="remove the file, or rename it to one of: " + ", ".join(sorted(seeds())),
            )  # fmt: skip
        frames[seed.name] = read_seed(path, seed)
    return frames


def read_seed(path: Path, seed: Seed) -> pl.DataFrame:
    """All columns as text, trimmed, empty cells as null. Raises UserError where columns are missing or unknown."""
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise UserError(
            f"the policy file cannot be read: {error}", where=str(path), do="save it as plain CSV"
        ) from None
    if set(frame.columns) != set(seed.types):
        raise UserError(
            f"the columns of policy '{seed.name}' are not those of the seed", where=str(path), done="nothing was built",
            do="use exactly these columns: " + ", ".join(seed.types),
        )  # fmt: skip
    trimmed = pl.all().str.strip_chars()
    return frame.select(list(seed.types)).select(pl.when(trimmed == "").then(None).otherwise(trimmed).name.keep())
