"""The bands of NRR and GRR that hold in a month, on exact decimals. Thresholds are policy."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pipelines.serving.release import Release

BANDED_WINDOW = 12
_BANDS = """
select band, lower_bound, upper_bound, is_lower_included, is_upper_included
from policy.retention_bands
where metric = $metric and valid_from = (
    select max(valid_from) from policy.retention_bands where metric = $metric and valid_from <= last_day($month::date)
)
order by lower_bound desc nulls last, band
"""


@dataclass(frozen=True)
class Band:
    """A range of a rate with its name; a bound of None is open."""

    name: str
    lower: Decimal | None
    upper: Decimal | None
    is_lower_included: bool
    is_upper_included: bool

    def holds(self, value: Decimal) -> bool:
        above = self.lower is None or value > self.lower or (self.is_lower_included and value == self.lower)
        below = self.upper is None or value < self.upper or (self.is_upper_included and value == self.upper)
        return above and below


def read_bands(release: Release, measure: str, month: dt.date, window: int | None) -> list[Band]:
    """The bands of `nrr` or `grr` that hold on the month's last day; none where the policy sets none.

    They are set for 12 months: a number over another window has none.
    """
    if window != BANDED_WINDOW:
        return []
    return [Band(*row) for row in release.rows(_BANDS, {"metric": measure, "month": month}).iter_rows()]


def band_of(value: Decimal | None, bands: Iterable[Band]) -> str | None:
    """The name of the band that holds the value; None without a value or a band for it."""
    return None if value is None else next((band.name for band in bands if band.holds(value)), None)
