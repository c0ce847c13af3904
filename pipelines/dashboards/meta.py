"""What pages say of the release they show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.dashboards.pages.context import Units
from pipelines.demo.home import is_demo

if TYPE_CHECKING:
    from pipelines.serving.release import Release

RUN = "select as_of_on, reporting_currency, fx_baseline_on from staging.stg_run"


@dataclass(frozen=True)
class SiteMeta:
    """What a page says of its release. `published_at` is UTC; `is_demo` marks the simulated company."""

    release_id: str
    as_of_on: dt.date
    reporting_currency: str
    fx_baseline_on: dt.date
    published_at: dt.datetime | None = None
    is_demo: bool = False

    @property
    def units(self) -> Units:
        return Units(self.reporting_currency, self.fx_baseline_on)


def read_meta(release: Release, home: Path) -> SiteMeta:
    """What a published release says of itself. `release` must be open for one who sees all."""
    as_of_on, currency, baseline = release.rows(RUN).row(0)
    published_at = dt.datetime.fromisoformat(release.manifest["published_at"])
    return SiteMeta(release.manifest["release_id"], as_of_on, currency, baseline, published_at, is_demo(home))
