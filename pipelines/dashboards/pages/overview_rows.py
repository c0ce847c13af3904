"""What the overview asks of a release: balances, rates, movements and churn of one segment. Queries only.

Amounts stay Decimal, rates come as DOUBLE fractions of 1.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.dashboards.pages import segments
from pipelines.dashboards.pages.clients_rows import MOVEMENTS as MOVEMENT_TYPES
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.policy import Bands, retention_bands
from pipelines.dashboards.wording import add_months

if TYPE_CHECKING:
    import polars as pl

WINDOW_MONTHS = 12
QUARTER_MONTHS = 3
TREND_MONTHS = 24
EVENTS = 12  # of which a figure tells those it has room for

WATERFALL = """
    select month, basis, start_arr, new_arr, reactivation_arr, expansion_arr, contraction_arr, churn_arr,
        transfer_arr, fx_effect, end_arr
    from marts.rpt_arr_waterfall
    where segment = ? and segment_value = ? and month <= ?
    order by month, basis
"""

RETENTION = """
    select month, clients_start, clients_churned, start_arr_cc, nrr_cc::double as nrr_cc, grr_cc::double as grr_cc,
        nrr_reported::double as nrr_reported, grr_reported::double as grr_reported,
        fx_effect_pp::double as fx_effect_pp, logo_churn_rate::double as logo_churn_rate,
        revenue_churn_rate::double as revenue_churn_rate, expansion_rate::double as expansion_rate,
        surprise_churn_rate::double as surprise_churn_rate
    from marts.rpt_retention
    where segment = ? and segment_value = ? and month <= ? and window_months = ?
    order by month
"""

MOVEMENTS = """
    select movements.month, movements.client_id, clients.client_name, movements.movement_type,
        movements.change_{basis} as change, managers.am_name
    from marts.fct_arr_movements as movements
    left join marts.dim_clients as clients on clients.client_id = movements.client_id
    left join marts.dim_account_managers as managers on managers.am_id = movements.am_id
    where movements.month between ? and ? and movements.change_cc <> 0 and {condition}
        and list_contains(?, movements.movement_type)
    order by abs(movements.change_{basis}) desc, movements.month desc, movements.client_id
    limit ?
"""

CHURN = """
    select churn.churn_category as category, count(distinct churn.client_id) as clients,
        sum(-movements.change_{basis})::decimal(38, 2) as churned_arr
    from marts.fct_churn as churn
    inner join marts.fct_arr_movements as movements
        on movements.client_id = churn.client_id and movements.month = churn.month
    left join marts.dim_clients as clients on clients.client_id = churn.client_id
    where churn.month between ? and ? and {condition}
    group by churn.churn_category
    order by churned_arr desc, category
"""

ALL_MOVEMENTS = 1_000_000_000
EVENT_TYPES = ("expansion", "contraction", "churn")  # what moves a retention rate


@dataclass(frozen=True)
class OverviewRows:
    """The rows behind the overview of one segment, to the month asked for.

    `movements` are those of a quarter, `events` the largest gains and losses of known clients in the trend's
    months; both have the change in the basis asked for.
    """

    waterfall: pl.DataFrame
    retention: pl.DataFrame
    movements: pl.DataFrame
    events: pl.DataFrame
    churn: pl.DataFrame
    bands: dict[str, Bands]


def read_overview(context: Context, month: dt.date) -> OverviewRows:
    """All rows of the overview from one release, of the context's segment and basis."""
    basis = context.question.basis
    return OverviewRows(
        waterfall=context.release.rows(WATERFALL, [*context.segment, month]),
        retention=read_retention(context, month, WINDOW_MONTHS),
        movements=_movements(context, add_months(month, 1 - QUARTER_MONTHS), month, MOVEMENT_TYPES, ALL_MOVEMENTS),
        events=_movements(context, add_months(month, 1 - TREND_MONTHS), month, EVENT_TYPES, EVENTS),
        churn=read_churn(context, CHURN, month, basis),
        bands=retention_bands(context.release, last_day(month)),
    )


def read_retention(context: Context, month: dt.date, window: int) -> pl.DataFrame:
    """The segment's published rates over windows of `window` months, every month to `month`."""
    return context.release.rows(RETENTION, [*context.segment, month, window])


def read_churn(context: Context, sql: str, month: dt.date, basis: str) -> pl.DataFrame:
    """A query on the churns of the 12 months to `month`; `sql` has places for the basis and the segment's condition."""
    condition, values = segments.of_movements(context.segment)
    return context.release.rows(
        sql.format(basis=basis, condition=condition), [add_months(month, 1 - WINDOW_MONTHS), month, *values]
    )


def last_day(month: dt.date) -> dt.date:
    return add_months(month, 1) - dt.timedelta(days=1)


def _movements(context: Context, first: dt.date, last: dt.date, types: tuple[str, ...], most: int) -> pl.DataFrame:
    condition, values = segments.of_movements(context.segment)
    sql = MOVEMENTS.format(basis=context.question.basis, condition=condition)
    return context.release.rows(sql, [first, last, *values, list(types), most])
