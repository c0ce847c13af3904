"""Targets and bands of the retention metrics, read from the release's policy seed.

The seed says what is a target; nothing here does. A page without the seed shows its numbers without bands.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from pipelines.analysis.bands import Band, bands_on
from pipelines.dashboards import wording
from pipelines.serving.release import Release

TARGET_BAND = "target"
MISSED = "missed"  # where the policy names a target and nothing beside it
BAND_WORDS = {"target": "on target", "acceptable": "acceptable", "at_risk": "at risk", MISSED: "off target"}


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
        limit = None if band is None else band.lower if self.is_higher_better else band.upper
        return None if limit is None else float(limit)

    def of(self, value: float | None) -> Band | None:
        """The band a value is in; beyond the end of the target's range it is still the target."""
        if value is None:
            return None
        exact = Decimal(str(value))  # rates are published with 8 decimals, which this gives back
        for band in self.bands:
            if band.holds(exact):
                return band
        target = self.target_band
        if target is None:
            return None
        is_good = target.is_above_floor(exact) if self.is_higher_better else target.is_below_ceiling(exact)
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
    return {metric: Bands(tuple(bands)) for metric, bands in bands_on(release, last_day).items()}


def band_words(name: str) -> str:
    """A band's name as people read it."""
    return BAND_WORDS.get(name, name.replace("_", " "))


def _floor(band: Band) -> float:
    return float("-inf") if band.lower is None else float(band.lower)
