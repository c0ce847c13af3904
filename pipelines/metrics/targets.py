"""What the policy makes of a value: its target, and the name of the band it is in. Thresholds are seeds, never here."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pipelines.analysis.bands import BANDED_WINDOW, Band, band_of, bands_on
from pipelines.explain.question import months_before
from pipelines.explain.reader import read
from pipelines.metrics.question import Plan
from pipelines.serving.release import Release

TARGET = "target"
# Seeds of bands that begin at a minimum: the columns of the band and of its minimum, and which of the bands is enough.
MINIMUMS = {
    "nps_bands": ("nps_band", "minimum_nps", "true"),
    "health_bands": ("health_band", "minimum_score", "true"),
    "scorecard_ratings": ("rating", "minimum_score", "is_meets_or_better"),
}


class Mark(StrEnum):
    """How a value stands to its target."""

    MET = "✓"
    NEAR = "~"
    MISSED = "✗"
    NONE = ""


@dataclass(frozen=True)
class Verdict:
    """The range that is the target, the policy's word for the value, and how it stands to the target."""

    target: Band | None = None
    status: str | None = None
    mark: Mark = Mark.NONE


@dataclass(frozen=True)
class Policy:
    """What holds in one month: the range that is the target, all bands, and the name of the worst one."""

    target: Band | None = None
    bands: tuple[Band, ...] = ()
    worst: str | None = None


def policy_of(release: Release, plan: Plan, month: dt.date) -> Policy:
    """What the policy sets for the metric on the month's last day."""
    target = plan.entry.target
    if target is None or not release.has_table("policy", target.policy):
        return Policy()
    day = months_before(month, -1) - dt.timedelta(days=1)
    if target.policy == "retention_bands":
        # They are set for 12 months: a number over another window has none.
        return _of_bands(bands_on(release, day).get(target.name or plan.entry.name, []), plan.window)
    if target.policy in MINIMUMS:
        return _of_minimums(release, target.policy, day)
    if target.policy == "portfolio_ranges":
        return _of_range(release, plan.place.column or plan.entry.name, day)
    if target.policy == "promotion_criteria":
        return _of_criterion(release, plan.entry.name, day)
    return Policy()  # the target stands in the mart, beside the value


def verdict(policy: Policy, row: dict[str, Any]) -> Verdict:
    """The verdict on a row of `values`; its columns target, is_met and band are what the mart says of it."""
    value = row["value"]
    target = Band(TARGET, row["target"], None) if row["target"] is not None else policy.target
    if value is None:
        return Verdict(target)
    if row["is_met"] is not None:
        return Verdict(target, *(("met", Mark.MET) if row["is_met"] else ("missed", Mark.MISSED)))
    exact = Decimal(value)
    status = row["band"] or band_of(exact, policy.bands)
    if status is None or target is None:
        return Verdict(target, status)
    is_missed = policy.worst in (None, status)
    return Verdict(target, status, Mark.MET if target.holds(exact) else Mark.MISSED if is_missed else Mark.NEAR)


def _of_bands(bands: list[Band], window: int | None) -> Policy:
    target = next((band for band in bands if band.name == TARGET), None)
    if window != BANDED_WINDOW or target is None:
        return Policy()
    others = [band for band in bands if band is not target]
    is_higher_better = bands[0] is target
    worst = (others[-1] if is_higher_better else others[0]).name if others else None
    return Policy(target, tuple(bands), worst)


def _of_minimums(release: Release, seed: str, day: dt.date) -> Policy:
    name, minimum, is_enough = MINIMUMS[seed]
    rows = read(
        release,
        f"""
        select {name} as name, {minimum} as minimum, {is_enough} as is_enough from policy.{seed}
        where valid_from = (select max(valid_from) from policy.{seed} where valid_from <= $day)
        order by {minimum} desc nulls last
        """,  # seed and columns are of MINIMUMS
        day=day,
    )
    if not rows:
        return Policy()
    enough = [row for row in rows if row["is_enough"]] if seed == "scorecard_ratings" else rows[:1]
    return Policy(Band(TARGET, enough[-1]["minimum"], None), (), rows[-1]["name"])


def _of_range(release: Release, measure: str, day: dt.date) -> Policy:
    rows = read(
        release,
        """
        select lower_bound, upper_bound from policy.portfolio_ranges
        where measure = $measure and valid_from <= $day
        order by valid_from desc limit 1
        """,
        measure=measure,
        day=day,
    )
    return Policy(Band(TARGET, rows[0]["lower_bound"], rows[0]["upper_bound"], True, True)) if rows else Policy()


def _of_criterion(release: Release, criterion: str, day: dt.date) -> Policy:
    rows = read(
        release,
        """
        select comparison, threshold from policy.promotion_criteria
        where criterion = $criterion and valid_from <= $day
        order by valid_from desc limit 1
        """,
        criterion=criterion,
        day=day,
    )
    if not rows:
        return Policy()
    limit, comparison = rows[0]["threshold"], rows[0]["comparison"]
    is_ceiling = comparison == "at_most"
    band = Band(TARGET, None if is_ceiling else limit, limit if is_ceiling else None, comparison != "above", is_ceiling)
    return Policy(band)
