"""Targets and bands of the retention metrics, read from the release's policy seed.

The seed says what is a target; nothing here does. A page without the seed shows its numbers without bands.
"""

import datetime as dt
import math
from dataclasses import dataclass

from pipelines.dashboards import wording
from pipelines.serving.release import Release

TARGET_BAND = "target"
MISSED = "missed"  # where the policy names a target and nothing beside it
BAND_WORDS = {"target": "on target", "acceptable": "acceptable", "at_risk": "at risk", MISSED: "off target"}


@dataclass(frozen=True)
class Band:
    """A range of a metric with its name; a bound of None is open."""

    name: str
    lower: float | None
    upper: float | None
    is_lower_included: bool = True
    is_upper_included: bool = False

    def holds(self, value: float) -> bool:
        """Whether the value is in the range; two values as near as rounding errors are the same."""
        return self.is_above_floor(value) and self.is_below_ceiling(value)

    def is_above_floor(self, value: float) -> bool:
        if self.lower is None or math.isclose(value, self.lower, abs_tol=1e-9):
            return self.lower is None or self.is_lower_included
        return value > self.lower

    def is_below_ceiling(self, value: float) -> bool:
        if self.upper is None or math.isclose(value, self.upper, abs_tol=1e-9):
            return self.upper is None or self.is_upper_included
        return value < self.upper


@dataclass(frozen=True)
class Bands:
    """The bands of one metric that hold in one month."""

    bands: tuple[Band, ...] = ()

    @property
    def target_band(self) -> Band | None:
        return next((band for band in self.bands if band.name == TARGET_BAND), None)

    @property
    def is_higher_better(self) -> bool:
        """Whether the target band is the uppermost one."""
        if self.target_band is None:
            return True
        if len(self.bands) == 1:
            return self.target_band.upper is None
        return all(_floor(band) <= _floor(self.target_band) for band in self.bands)

    @property
    def target(self) -> float | None:
        """The value at which the target begins."""
        band = self.target_band
        return None if band is None else band.lower if self.is_higher_better else band.upper

    def of(self, value: float | None) -> Band | None:
        """The band a value is in; beyond the end of the target's range it is still the target."""
        if value is None:
            return None
        for band in self.bands:
            if band.holds(value):
                return band
        target = self.target_band
        if target is None:
            return None
        is_good = target.is_above_floor(value) if self.is_higher_better else target.is_below_ceiling(value)
        return target if is_good else None

    def name_of(self, value: float | None) -> str:
        """The name of the value's band, `missed` for one off a target that stands alone; empty where nothing is set."""
        band = self.of(value)
        if band is not None:
            return band.name
        return MISSED if value is not None and self.target is not None else ""

    @property
    def target_words(self) -> str:
        """`target 110 % or more`, `target above 95 %`; empty without a target."""
        band, limit = self.target_band, self.target
        if band is None or limit is None:
            return ""
        words = wording.plain_percent(limit)
        if band.is_lower_included if self.is_higher_better else band.is_upper_included:
            return f"target {words} or {'more' if self.is_higher_better else 'less'}"
        return f"target {'above' if self.is_higher_better else 'below'} {words}"

    def shortfall(self, value: float) -> float:
        """How far a value is on the wrong side of the target, in the metric's unit; negative = better than it."""
        target = self.target or 0.0
        return target - value if self.is_higher_better else value - target


def retention_bands(release: Release, last_day: dt.date) -> dict[str, Bands]:
    """The bands of each metric that hold on `last_day`, by metric name; empty where the release has no such seed."""
    if not release.has_table("policy", "retention_bands"):
        return {}
    rows = release.rows(
        """
        select metric, band, lower_bound::double as lower_bound, upper_bound::double as upper_bound,
            is_lower_included, is_upper_included
        from policy.retention_bands as bands
        where valid_from = (
            select max(valid_from) from policy.retention_bands as newest
            where newest.metric = bands.metric and newest.valid_from <= ?
        )
        order by metric, lower_bound desc nulls last, band
        """,
        [last_day],
    )
    found: dict[str, list[Band]] = {}
    for row in rows.to_dicts():
        metric = row.pop("metric")
        found.setdefault(metric, []).append(Band(*row.values()))
    return {metric: Bands(tuple(bands)) for metric, bands in found.items()}


def band_words(name: str) -> str:
    """A band's name as people read it."""
    return BAND_WORDS.get(name, name.replace("_", " "))


def _floor(band: Band) -> float:
    return float("-inf") if band.lower is None else band.lower
