"""What the account managers page asks of a release: scorecards, load, retention, OKRs, promotion. Queries only.

Scores, rates and attainments come as DOUBLE fractions of 1, amounts as Decimal. All for one month.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.wording import add_months
from pipelines.serving.release import Release

if TYPE_CHECKING:
    import polars as pl

TREND_MONTHS = 24

CARDS = """
    with ratings as (select * from marts.rpt_scorecard_ratings where month = $month),
    portfolios as (select * from marts.rpt_portfolios where month = $month),
    retention as (
        select * from marts.rpt_retention where month = $month and segment = 'am' and window_months = 12
    ),
    ids as (select am_id from ratings union select am_id from portfolios)
    select ids.am_id, managers.am_name, ratings.score::double as score, ratings.coverage_rate::double as coverage_rate,
        ratings.rating, coalesce(ratings.is_meets_or_better, false) as is_meets_or_better,
        previous.score::double as previous_score, portfolios.* exclude (month, am_id),
        retention.nrr_cc::double as nrr_cc, retention.handover_fair_nrr_cc::double as handover_fair_nrr_cc,
        retention.start_arr_cc, retention.inherited_start_arr_cc, retention.clients_start
    from ids
    left join ratings on ratings.am_id = ids.am_id
    left join portfolios on portfolios.am_id = ids.am_id
    left join retention on retention.segment_value = ids.am_id
    left join marts.rpt_scorecard_ratings as previous
        on previous.am_id = ids.am_id and previous.month = cast($month as date) - interval 1 month
    left join marts.dim_account_managers as managers on managers.am_id = ids.am_id
    order by portfolios.arr_cc desc nulls last, ids.am_id
"""

METRICS = """
    select am_id, metric, weight::double as weight, target::double as target, actual::double as actual,
        attainment::double as attainment, points::double as points
    from marts.rpt_scorecard
    where month = ?
    order by weight desc, metric, am_id
"""

SCORES = """
    select month, am_id, score::double as score, coverage_rate::double as coverage_rate, rating
    from marts.rpt_scorecard_ratings
    where month between ? and ?
    order by month
"""

RATINGS = """
    select rating, minimum_score::double as minimum_score
    from policy.scorecard_ratings
    where valid_from = (select max(valid_from) from policy.scorecard_ratings where valid_from <= ?)
    order by minimum_score desc
"""

RANGES = """
    select measure, lower_bound::double as lower_bound, upper_bound::double as upper_bound
    from policy.portfolio_ranges as ranges
    where valid_from = (
        select max(valid_from) from policy.portfolio_ranges as newest
        where newest.measure = ranges.measure and newest.valid_from <= ?
    )
"""

OKRS = """
    select okrs.am_id, objective, metric, target::double as target, actual::double as actual,
        progress::double as progress, is_lower_better
    from marts.rpt_okrs as okrs
    where quarter_start = ?
    order by progress nulls last, okrs.am_id, objective, metric
"""

PROMOTION = """
    select readiness.am_id, readiness.criterion, value::double as value, threshold::double as threshold, is_met,
        comparison
    from marts.rpt_promotion_readiness as readiness
    left join (
        select criterion, max_by(comparison, valid_from) as comparison
        from policy.promotion_criteria
        where valid_from <= ?
        group by criterion
    ) as criteria on criteria.criterion = readiness.criterion
    order by am_id, criterion
"""

# A month may be closed again under another label: people were paid by the last one.
CLOSED = """
    select label, closed_at, am_id, metric, actual_reported::double as actual_reported,
        actual_now::double as actual_now, points_reported::double as points_reported, points_now::double as points_now,
        rating_reported, rating_now
    from ops.closed_scorecards
    where month = ?
    qualify dense_rank() over (order by closed_at desc, label) = 1
    order by am_id, metric
"""

KPI_ATTAINMENT = """
    select month, value::double as value
    from marts.rpt_kpis
    where kpi = 'kpi_attainment_rate' and am_id = ? and month between ? and ?
    order by month
"""


@dataclass(frozen=True)
class Minimum:
    """A rating and the score from which it is given."""

    rating: str
    score: float


@dataclass(frozen=True)
class Range:
    """The range a portfolio measure should be in; a bound of None is open."""

    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class ManagerRows:
    """The rows of one month, of all account managers the reader sees. `cards` have one row an AM, the most ARR first.

    `okrs` are those of the quarter the month lies in; `promotion` is one snapshot at the latest complete month, None
    for readers who may not see it; `closed` has no rows where the month was never closed.
    """

    month: dt.date
    cards: list[dict[str, Any]]
    metrics: pl.DataFrame
    scores: pl.DataFrame
    minimums: tuple[Minimum, ...]
    ranges: dict[str, Range]
    okrs: pl.DataFrame
    promotion: pl.DataFrame | None
    closed: pl.DataFrame


def read_managers(context: Context, month: dt.date) -> ManagerRows:
    """All rows of the page in `month`."""
    release = context.release
    last_day = add_months(month, 1) - dt.timedelta(days=1)
    quarter = dt.date(month.year, (month.month - 1) // 3 * 3 + 1, 1)
    return ManagerRows(
        month=month,
        cards=release.rows(CARDS, {"month": month}).to_dicts(),
        metrics=release.rows(METRICS, [month]),
        scores=release.rows(SCORES, [add_months(month, 1 - TREND_MONTHS), month]),
        minimums=tuple(Minimum(*row) for row in release.rows(RATINGS, [last_day]).rows()),
        ranges={measure: Range(lower, upper) for measure, lower, upper in release.rows(RANGES, [last_day]).rows()},
        okrs=release.rows(OKRS, [quarter]),
        promotion=release.rows(PROMOTION, [context.as_of_on]) if context.principal.may_see_promotion else None,
        closed=release.rows(CLOSED, [month]),
    )


def kpi_attainment(release: Release, am_id: str, month: dt.date) -> dict[dt.date, float | None]:
    """The AM's share of KPIs met, by month, to `month`."""
    return dict(release.rows(KPI_ATTAINMENT, [am_id, add_months(month, 1 - TREND_MONTHS), month]).rows())
