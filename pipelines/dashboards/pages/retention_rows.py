"""What the retention page asks of a release, beside the cohorts: segments, expansion types, churn. Queries only.

Amounts stay Decimal, rates come as DOUBLE fractions of 1.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.dashboards.pages import segments
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.overview_rows import TREND_MONTHS, WINDOW_MONTHS, last_day, read_churn, read_retention
from pipelines.dashboards.policy import Bands, retention_bands
from pipelines.dashboards.wording import add_months

if TYPE_CHECKING:
    import polars as pl

SURPRISE_MONTHS = 3
LISTED = 10

SEGMENT_RATES = """
    select segment, segment_value, month, clients_start, start_arr_{basis} as start_arr,
        nrr_{basis}::double as nrr, grr_{basis}::double as grr, logo_churn_rate::double as logo_churn_rate
    from marts.rpt_retention
    where segment in (?, 'company') and window_months = ? and month between ? and ?
    order by segment_value, month
"""

# The segments there is anything to compare in.
COMPARABLE = """
    select distinct segment
    from marts.rpt_retention
    where window_months = ? and month = ? and segment <> 'company' and clients_start > 0
"""

EXPANSION_TYPES = """
    select types.expansion_type, sum(types.change_cc)::decimal(38, 2) as change,
        count(distinct types.client_id) as clients
    from marts.fct_expansion_types as types
    inner join marts.fct_arr_movements as movements
        on movements.client_id = types.client_id and movements.month = types.month
    left join marts.dim_clients as clients on clients.client_id = types.client_id
    where types.month between ? and ? and {condition}
    group by types.expansion_type
    order by change desc, types.expansion_type
"""

REASONS = """
    select coalesce(churn.churn_reason, '') as reason, churn.churn_category as category,
        count(distinct churn.client_id) as clients,
        sum(-movements.change_{basis})::decimal(38, 2) as churned_arr
    from marts.fct_churn as churn
    inner join marts.fct_arr_movements as movements
        on movements.client_id = churn.client_id and movements.month = churn.month
    left join marts.dim_clients as clients on clients.client_id = churn.client_id
    where churn.month between ? and ? and {condition}
    group by reason, category
    order by churned_arr desc, reason, category
"""

DEPARTURES = """
    select churn.month, churn.client_id, clients.client_name, churn.churn_category as category,
        coalesce(churn.churn_reason, '') as reason, -movements.change_{basis} as churned_arr, managers.am_name
    from marts.fct_churn as churn
    inner join marts.fct_arr_movements as movements
        on movements.client_id = churn.client_id and movements.month = churn.month
    left join marts.dim_clients as clients on clients.client_id = churn.client_id
    left join marts.dim_account_managers as managers on managers.am_id = churn.am_id
    where churn.month between ? and ? and churn.is_surprise and {condition}
    order by churned_arr desc, churn.month desc, churn.client_id
"""


@dataclass(frozen=True)
class RetentionRows:
    """`rates` over 12 months and `rates_of_quarter` over 3, every month to the one asked for; the rest of 12 months.

    `surprises`: the churns of clients whose health was green three months before.
    """

    rates: pl.DataFrame
    rates_of_quarter: pl.DataFrame
    expansion_types: pl.DataFrame
    reasons: pl.DataFrame
    surprises: pl.DataFrame
    bands: dict[str, Bands]


def read_retention_page(context: Context, month: dt.date) -> RetentionRows:
    """All rows but those of the cohorts and the comparison, of the context's segment and basis."""
    condition, values = segments.of_movements(context.segment)
    first = add_months(month, 1 - WINDOW_MONTHS)
    basis = context.question.basis
    return RetentionRows(
        rates=read_retention(context, month, WINDOW_MONTHS),
        rates_of_quarter=read_retention(context, month, SURPRISE_MONTHS),
        expansion_types=context.release.rows(EXPANSION_TYPES.format(condition=condition), [first, month, *values]),
        reasons=read_churn(context, REASONS, month, basis),
        surprises=read_churn(context, DEPARTURES, month, basis),
        bands=retention_bands(context.release, last_day(month)),
    )


def read_comparable(context: Context, month: dt.date) -> set[str]:
    """The segments that have rates in the month."""
    return set(context.release.rows(COMPARABLE, [WINDOW_MONTHS, month])["segment"].to_list())


def read_segment_rates(context: Context, month: dt.date, segment: str) -> pl.DataFrame:
    """The rates of every value of a segment, and of the company, over the trend's months."""
    sql = SEGMENT_RATES.format(basis=context.question.basis)
    return context.release.rows(sql, [segment, WINDOW_MONTHS, add_months(month, 1 - TREND_MONTHS), month])
