"""What the list of clients asks of a release: one row a client, as of a month. Queries only.

Amounts come as DOUBLE in the reporting currency (a grid counts in the browser), rates as fractions of 1.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.dashboards.wording import add_months

if TYPE_CHECKING:
    import polars as pl

    from pipelines.serving.release import Release

STRIP_MONTHS = 12
YEAR_MONTHS = 12
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
BANDS = ("green", "yellow", "red", "unknown")
# A segment's column in dim_clients and the value that stands for none, as in the marts' segments.
SEGMENT_COLUMNS = {
    "am": ("am_id", "unassigned"),
    "tier": ("tier", "unknown"),
    "region": ("region", "unknown"),
    "industry": ("industry", "unknown"),
    "currency": ("billing_currency", "unknown"),
}
# Segments a movement has of its own: the owner and the tier at its time, not those of today.
MOVEMENT_SEGMENTS = ("am", "tier")
BASIS_COLUMNS = {"cc": ("arr_cc", "change_cc"), "reported": ("arr_reported", "change_reported")}

CLIENTS = """
    with arr as (
        select client_id, sum({arr}) filter (month = $month) as arr,
            sum({arr}) filter (month = $year_ago) as arr_before,
            bool_or(is_provisional) filter (month = $month) as is_provisional
        from marts.fct_arr
        where month in ($month, $year_ago)
        group by client_id
    ),
    left_for_good as (
        select client_id, max(month) as churned_month, max_by(-{change}, month) as lost
        from marts.fct_arr_movements
        where movement_type = 'churn' and month <= $month
        group by client_id
    ),
    moved as (
        select moves.client_id, sum(moves.{change}) as moved
        from marts.fct_arr_movements as moves
        left join marts.fct_churn as churn
            on churn.client_id = moves.client_id and churn.month = moves.month and moves.movement_type = 'churn'
        where moves.month between $first and $month and moves.movement_type = $movement
            and ($category is null or churn.churn_category = $category)
            and ($own_am is null or coalesce(moves.am_id, 'unassigned') = $own_am)
            and ($own_tier is null or coalesce(moves.tier, 'unknown') = $own_tier)
        group by moves.client_id
    ),
    -- A digit a month, the oldest first: one number to add up instead of twelve columns. None where nothing was scored.
    strips as (
        select client_id, sum(
            case health_band when 'green' then 1 when 'yellow' then 2 when 'red' then 3 else 4 end
            * cast(power(10, datediff('month', month, $month)) as bigint)
        ) as digits
        from marts.fct_client_health
        where is_month_end and month between $first_of_strip and $month
        group by client_id
    ),
    health as (
        select client_id, health_band as band, is_band_certain as is_certain, health_score as score, score_low,
            score_high, days_to_pay, nps_mean as answer_mean
        from marts.fct_client_health
        where is_month_end and month = $month
    ),
    nps as (
        select segment_value as client_id, nps, responses, is_too_few
        from marts.rpt_nps
        where segment = 'client' and period_kind = 't12m' and survey_type = 'relationship' and period_start = $first
    ),
    escalations as (
        select client_id, count(*) as open_escalations
        from marts.fct_escalations
        where policy = 'severity_matrix' and opened_at < $after and (resolved_at is null or resolved_at >= $after)
        group by client_id
    ),
    renewals as (
        select client_id, min(ends_on) as renewal_on from marts.fct_renewals group by client_id
    ),
    reviews as (
        select client_id, max(quarter_start) as last_qbr
        from marts.fct_qbrs
        where is_completed and quarter_start <= $month
        group by client_id
    )
    select clients.client_id, clients.client_name, clients.am_name, clients.tier, clients.region, clients.industry,
        clients.billing_currency, arr.arr::double as arr, arr.arr_before::double as arr_before,
        coalesce(arr.is_provisional, false) as is_provisional, moved.moved::double as moved,
        left_for_good.lost::double as lost,
        case when coalesce(arr.arr, 0) = 0 then left_for_good.churned_month end as churned_month,
        translate(lpad(strips.digits::varchar, {strip_months}, '0'), '01234', '-GYRU') as strip, health.band,
        health.is_certain, health.score, health.score_low, health.score_high,
        health.days_to_pay::double as days_to_pay, health.answer_mean::double as answer_mean,
        nps.nps::double as nps, nps.responses, nps.is_too_few,
        escalations.open_escalations, renewals.renewal_on, reviews.last_qbr
    from marts.dim_clients as clients
    left join arr on arr.client_id = clients.client_id
    left join left_for_good on left_for_good.client_id = clients.client_id
    left join moved on moved.client_id = clients.client_id
    left join health on health.client_id = clients.client_id
    left join strips on strips.client_id = clients.client_id
    left join nps on nps.client_id = clients.client_id
    left join escalations on escalations.client_id = clients.client_id
    left join renewals on renewals.client_id = clients.client_id
    left join reviews on reviews.client_id = clients.client_id
    where {segment}
        and case
            when $movement is not null then moved.client_id is not null
            when $is_left then coalesce(arr.arr, 0) = 0 and left_for_good.client_id is not null
            else arr.arr > 0
        end
        and ($band is null or health.band = $band)
    order by abs(moved.moved) desc nulls last, arr.arr desc nulls last, left_for_good.lost desc nulls last,
        clients.client_id
"""

BRIDGE = """
    select max_by(end_arr, month) as end_arr, sum(new_arr) as new, sum(reactivation_arr) as reactivation,
        sum(expansion_arr) as expansion, -sum(contraction_arr) as contraction, -sum(churn_arr) as churn
    from marts.rpt_arr_waterfall
    where basis = $basis and segment = $segment and segment_value = $value and month between $first and $month
    having count(*) > 0
"""

VALUES = """
    select distinct am_id, am_name, tier, region, industry, billing_currency from marts.dim_clients
"""

CATEGORIES = "select distinct churn_category from marts.fct_churn where churn_category is not null order by all"


@dataclass(frozen=True)
class Wanted:
    """Which clients to list: those with ARR in `month`, with a movement in the 12 months to it, or that have left.

    `category` narrows churn to one reason; `band` is the health band at the month's end.
    """

    month: dt.date
    basis: str
    segment: str
    value: str
    movement: str = ""
    category: str = ""
    band: str = ""
    is_left: bool = False

    @property
    def first(self) -> dt.date:
        """The first of the 12 months that end with `month`."""
        return add_months(self.month, 1 - YEAR_MONTHS)

    @property
    def is_by_movement(self) -> bool:
        """Whether owner or tier are those at the movement's time."""
        return bool(self.movement) and self.segment in MOVEMENT_SEGMENTS


def read_clients(release: Release, wanted: Wanted) -> pl.DataFrame:
    """The clients listed, the largest amount first."""
    arr, change = BASIS_COLUMNS[wanted.basis]
    own = {
        name: wanted.value if wanted.is_by_movement and wanted.segment == name else None for name in MOVEMENT_SEGMENTS
    }
    parameters = {
        "month": wanted.month,
        "year_ago": add_months(wanted.month, -YEAR_MONTHS),
        "first": wanted.first,
        "first_of_strip": add_months(wanted.month, 1 - STRIP_MONTHS),
        "after": dt.datetime.combine(add_months(wanted.month, 1), dt.time()),
        "movement": wanted.movement or None,
        "category": wanted.category or None,
        "own_am": own["am"],
        "own_tier": own["tier"],
        "is_left": wanted.is_left,
        "band": wanted.band or None,
    }
    segment = "true"
    if wanted.segment in SEGMENT_COLUMNS and not wanted.is_by_movement:
        column, nobody = SEGMENT_COLUMNS[wanted.segment]
        segment = f"coalesce(clients.{column}, '{nobody}') = $value"
        parameters["value"] = wanted.value
    return release.rows(CLIENTS.format(arr=arr, change=change, strip_months=STRIP_MONTHS, segment=segment), parameters)
