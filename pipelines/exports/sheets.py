"""The sheets of the workbooks: what each asks of the marts, and which of its columns add up to something.

The same queries serve finance and an account manager: a limited reader's marts hold only their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.serving.rules import quoted

if TYPE_CHECKING:
    import polars as pl

    from pipelines.serving.release import Release

ARR_MONTHS = 24
MOST_ROWS = 1_048_576 - 2  # of a worksheet, without header and foot

RETENTION = """
    select month, segment, segment_value, coalesce(am_name, segment_value) as segment_name,
        clients_start, clients_churned, start_arr_cc, expansion_cc, contraction_cc, churn_cc, end_arr_cc,
        nrr_cc, grr_cc, start_arr_reported, end_arr_reported, nrr_reported, grr_reported, fx_effect_pp,
        logo_churn_rate, revenue_churn_rate, expansion_rate
    from marts.rpt_retention
    left join marts.dim_account_managers on segment = 'am' and am_id = segment_value
    where window_months = 12
    order by month desc, segment <> 'company', segment, segment_value
"""
WATERFALL = """
    select month, start_arr, new_arr, reactivation_arr, expansion_arr, contraction_arr, churn_arr, transfer_arr,
        fx_effect, end_arr
    from marts.rpt_arr_waterfall
    where basis = '{basis}' and segment = '{segment}'
    order by month, segment_value
"""
FLOWS = (
    "new_arr", "reactivation_arr", "expansion_arr", "contraction_arr", "churn_arr", "transfer_arr", "fx_effect",
)  # fmt: skip
MOVEMENTS = """
    select month, client_id, client_name, movement_type, moved.am_id, moved.tier, start_arr_cc, end_arr_cc, change_cc,
        start_arr_reported, end_arr_reported, change_reported, fx_effect_reported
    from marts.fct_arr_movements as moved
    left join marts.dim_clients using (client_id)
    order by month desc, client_id
"""
CHURN = """
    select month, client_id, client_name, lost.am_id, churned_arr_cc, churn_category, churn_reason,
        band_3_months_before, is_surprise
    from marts.fct_churn as lost
    left join marts.dim_clients using (client_id)
    order by month desc, client_id
"""
REVENUE = """
    select month, client_id, any_value(client_name) as client_name, revenue_type,
        sum(revenue_cc) as revenue_cc, sum(revenue_reported) as revenue_reported
    from marts.fct_revenue
    left join marts.dim_clients using (client_id)
    group by month, client_id, revenue_type
    order by month desc, client_id, revenue_type
"""
CLIENTS = """
    select client_id, client_name, tier, am_name, industry, region, country, billing_currency, arr_cc,
        annual_revenue_cc, first_revenue_month, churned_month, health_score, health_band
    from marts.dim_clients
    order by arr_cc desc nulls last, client_id
"""


@dataclass(frozen=True)
class Sheet:
    """A worksheet: one query, and the columns whose sums stand at its foot."""

    name: str
    about: str
    sql: str
    footed: tuple[str, ...] = ()


def finance_sheets(release: Release) -> list[Sheet]:
    """What finance gets, of all clients."""
    return [_retention(), *_waterfalls("company"), _arr(release), *_events()]


def manager_sheets(release: Release) -> list[Sheet]:
    """What an account manager gets: their own clients first."""
    clients = Sheet("Clients", "Clients of this account manager today", CLIENTS, ("arr_cc", "annual_revenue_cc"))
    return [clients, _arr(release), *_events(), _retention(), *_waterfalls("am")]


def rows_of(release: Release, sheet: Sheet) -> pl.DataFrame:
    """The sheet's rows, money as Decimal."""
    return release.rows(sheet.sql)


def _retention() -> Sheet:
    return Sheet("Retention", "Retention over the 12 months to each month, by segment", RETENTION)


def _waterfalls(segment: str) -> list[Sheet]:
    bases = {"cc": "constant currency", "reported": "reported"}
    return [
        Sheet(
            f"Waterfall {basis}",
            f"From opening to closing ARR by month, {words}",
            WATERFALL.format(basis=basis, segment=segment),
            FLOWS,
        )
        for basis, words in bases.items()
    ]


def _arr(release: Release) -> Sheet:
    """A row a client, a column a month: the last of those that have ARR."""
    months = release.rows(f"select distinct month from marts.fct_arr order by month desc limit {ARR_MONTHS}")
    names = [month.isoformat() for month in reversed(months["month"].to_list())]
    columns = [f"sum(arr.arr_cc) filter (where month = date '{name}') as {quoted(name)}" for name in names]
    shown = ", ".join(["client_id", "any_value(client_name) as client_name", *columns])
    last = f"{quoted(names[-1])} desc nulls last, " if names else ""
    sql = f"""select {shown} from marts.fct_arr as arr left join marts.dim_clients using (client_id)
        {f"where month >= date '{names[0]}'" if names else ""} group by client_id order by {last}client_id"""
    about = f"ARR by client in constant currency, the last {ARR_MONTHS} months"
    return Sheet("ARR by client", about, sql, tuple(names))


def _events() -> list[Sheet]:
    changes = ("change_cc", "change_reported", "fx_effect_reported")
    return [
        Sheet("Movements", "Every change of a client's ARR, by month", MOVEMENTS, changes),
        Sheet("Churn", "Clients whose ARR ended", CHURN, ("churned_arr_cc",)),
        Sheet("Revenue", "Recognised revenue by month, client and type", REVENUE, ("revenue_cc", "revenue_reported")),
    ]
