"""The bands of retention metrics that hold on a day, on exact decimals. Thresholds are policy."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pipelines.serving.release import Release

BANDED_WINDOW = 12
_BANDS = """
select metric, band, lower_bound, upper_bound, is_lower_included, is_upper_included
from policy.retention_bands as bands
where valid_from = (
    select max(valid_from) from policy.retention_bands as newest
    where newest.metric = bands.metric and newest.valid_from <= ?
)
order by metric, lower_bound desc nulls last, band
"""


@dataclass(frozen=True)
class Band:
    """A range of a rate with its name; a bound of None is open."""

    name: str
    lower: Decimal | None
    upper: Decimal | None
    is_lower_included: bool = True
    is_upper_included: bool = False

    def holds(self, value: Decimal) -> bool:
        return self.is_above_floor(value) and self.is_below_ceiling(value)

    def is_above_floor(self, value: Decimal) -> bool:
        return self.lower is None or value > self.lower or (self.is_lower_included and value == self.lower)

    def is_below_ceiling(self, value: Decimal) -> bool:
        return self.upper is None or value < self.upper or (self.is_upper_included and value == self.upper)


def bands_on(release: Release, day: dt.date) -> dict[str, list[Band]]:
    """The bands of each metric that hold on a day, the uppermost first; empty where the release has no such seed."""
    if not release.has_table("policy", "retention_bands"):
        return {}
    found: dict[str, list[Band]] = {}
    for metric, *band in release.rows(_BANDS, [day]).iter_rows():
        found.setdefault(metric, []).append(Band(*band))
    return found


def read_bands(release: Release, measure: str, month: dt.date, window: int | None) -> list[Band]:
    """The bands of `nrr` or `grr` that hold on the month's last day; none where the policy sets none.

    They are set for 12 months: a number over another window has none.
    """
    if window != BANDED_WINDOW:
        return []
    last_day = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return bands_on(release, last_day).get(measure, [])


def band_of(value: Decimal | None, bands: Iterable[Band]) -> str | None:
    """The name of the band that holds the value; None without a value or a band for it."""
    return None if value is None else next((band.name for band in bands if band.holds(value)), None)
