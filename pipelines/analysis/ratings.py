"""What an account manager's scorecard would say with another NRR: metric book 8, on the published rows."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipelines.analysis.ratios import rounded
from pipelines.serving.release import Release

METRIC = "nrr_cc"
FINE = 12  # places that the scorecard keeps of what it has not rounded yet
SCORE_PLACES = 6
NOT_RATED = "not_rated"
_LINES = """
select am_id, metric, weight, target, points from marts.rpt_scorecard where month = $month order by am_id, metric
"""
_PARAMETER = """
select value from policy.parameters where parameter = $parameter and valid_from <= last_day($month::date)
order by valid_from desc limit 1
"""
_RATINGS = """
select rating, minimum_score from policy.scorecard_ratings
where valid_from = (select max(valid_from) from policy.scorecard_ratings where valid_from <= last_day($month::date))
order by minimum_score desc
"""


@dataclass(frozen=True)
class Line:
    """A metric of the scorecard; `points` None where it was not measured."""

    metric: str
    weight: Decimal
    target: Decimal
    points: Decimal | None


@dataclass(frozen=True)
class Scorecard:
    """An account manager's month, and the policy that rates it; `ratings` best first."""

    lines: tuple[Line, ...]
    ratings: tuple[tuple[str, Decimal], ...]
    cap: Decimal
    least_coverage: Decimal


def read_scorecards(release: Release, month: dt.date) -> dict[str, Scorecard]:
    """The scorecards of a month by account manager."""
    policy = {
        name: release.rows(_PARAMETER, {"parameter": name, "month": month}).item()
        for name in ("attainment_cap", "scorecard_least_coverage_rate")
    }
    ratings = tuple(release.rows(_RATINGS, {"month": month}).iter_rows())
    lines: dict[str, list[Line]] = {}
    for am_id, *line in release.rows(_LINES, {"month": month}).iter_rows():
        lines.setdefault(am_id, []).append(Line(*line))
    return {am_id: Scorecard(tuple(found), ratings, *policy.values()) for am_id, found in lines.items()}


def rating_with(scorecard: Scorecard, nrr: Fraction) -> str:
    """The rating with that NRR in place of the scorecard's own, rounded on the way as the scorecard is."""
    points = {line.metric: line.points for line in scorecard.lines}
    own = next(line for line in scorecard.lines if line.metric == METRIC)
    attainment = min(max(Fraction(rounded(nrr, FINE)) / Fraction(own.target), Fraction(0)), Fraction(scorecard.cap))
    points[METRIC] = rounded(Fraction(own.weight) * Fraction(rounded(attainment, FINE)), FINE)
    coverage = sum((line.weight for line in scorecard.lines if points[line.metric] is not None), Decimal(0))
    if coverage < scorecard.least_coverage:
        return NOT_RATED
    total = sum((value for value in points.values() if value is not None), Decimal(0))
    score = rounded(Fraction(total) / Fraction(coverage), SCORE_PLACES)
    return next((rating for rating, minimum in scorecard.ratings if score >= minimum), NOT_RATED)
