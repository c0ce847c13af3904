"""The sheets of the workbooks: what each asks of the marts, and which of its columns add up to something.

The same queries serve finance and an account manager: a limited reader's marts hold only their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.serving.rules import quoted

if TYPE_CHECKING:
    import polars as pl

    from pipelines.serving.release import Release

MONTHS = 24  # of what has a row a client and month: a workbook is opened by hand, and Parquet has the rest
MOST_ROWS = 1_048_576 - 2  # of a worksheet, without header and foot

RETENTION = """
    select month, if(segment = 'am', 'account manager', segment) as segment,
        if(segment = 'company', 'Company', coalesce(am_name, segment_value)) as segment_name, segment_value,
        clients_start, clients_churned, start_arr_cc, expansion_cc, contraction_cc, churn_cc, end_arr_cc,
        nrr_cc, grr_cc, start_arr_reported, end_arr_reported, nrr_reported, grr_reported, fx_effect_pp,
        logo_churn_rate, revenue_churn_rate, expansion_rate
    from marts.rpt_retention
    left join marts.dim_account_managers on segment = 'am' and am_id = segment_value
    where window_months = 12
    order by month desc, rpt_retention.segment <> 'company', segment, segment_value
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
# Most rows of the mart say that nothing but exchange rates moved a client's reported ARR: here they are one a month.
MOVEMENTS = f"""
    with moved as (
        select month, client_id, client_name, movement_type, managers.am_name, moved.tier, start_arr_cc, end_arr_cc,
            change_cc, start_arr_reported, end_arr_reported, change_reported, fx_effect_reported
        from marts.fct_arr_movements as moved
        left join marts.dim_clients using (client_id)
        left join marts.dim_account_managers as managers on moved.am_id = managers.am_id
        where month > (select max(month) from marts.fct_arr_movements) - interval {MONTHS} month
    )

    select * from moved where movement_type <> 'fx_only'
    union all
    select month, null, 'Exchange rates only, clients: ' || count(*), movement_type, null, null, sum(start_arr_cc),
        sum(end_arr_cc), sum(change_cc), sum(start_arr_reported), sum(end_arr_reported), sum(change_reported),
        sum(fx_effect_reported)
    from moved
    where movement_type = 'fx_only'
    group by month, movement_type
    order by month desc, client_id nulls last
"""
CHURN = """
    select month, client_id, client_name, managers.am_name, churned_arr_cc, churn_category, churn_reason,
        band_3_months_before, is_surprise
    from marts.fct_churn as lost
    left join marts.dim_clients using (client_id)
    left join marts.dim_account_managers as managers on lost.am_id = managers.am_id
    order by month desc, client_id
"""
REVENUE = f"""
    select month, client_id, any_value(client_name) as client_name, revenue_type,
        sum(revenue_cc) as revenue_cc, sum(revenue_reported) as revenue_reported
    from marts.fct_revenue
    left join marts.dim_clients using (client_id)
    where month > (select max(month) from marts.fct_revenue) - interval {MONTHS} month
    group by month, client_id, revenue_type
    order by month desc, client_id, revenue_type
"""
CLIENTS = """
    select client_id, client_name, tier, am_name, industry, region, country, billing_currency, arr_cc,
        annual_revenue_cc, first_revenue_month, churned_month, health_score, health_band
    from marts.dim_clients
    order by arr_cc desc nulls last, client_id
"""


class SheetTooLong(UserError):
    """A table that no worksheet can hold."""


# Words for the marts' columns; a column that is a month is its own heading.
HEADINGS = {
    "month": "Month", "segment": "Segment", "segment_name": "Segment name", "segment_value": "Segment id",
    "client_id": "Client id", "client_name": "Client", "am_name": "Account manager", "tier": "Tier",
    "industry": "Industry", "region": "Region", "country": "Country", "billing_currency": "Billing currency",
    "arr_cc": "ARR, constant", "annual_revenue_cc": "Revenue of 12 months, constant",
    "first_revenue_month": "First month of revenue", "churned_month": "Month of churn",
    "health_score": "Health score", "health_band": "Health band",
    "clients_start": "Clients at start", "clients_churned": "Clients lost",
    "start_arr_cc": "ARR at start, constant", "end_arr_cc": "ARR at end, constant", "change_cc": "Change, constant",
    "start_arr_reported": "ARR at start, reported", "end_arr_reported": "ARR at end, reported",
    "change_reported": "Change, reported", "fx_effect_reported": "Exchange rates, reported",
    "expansion_cc": "Expansion, constant", "contraction_cc": "Less contraction, constant",
    "churn_cc": "Less churn, constant", "nrr_cc": "NRR, constant", "grr_cc": "GRR, constant",
    "nrr_reported": "NRR, reported", "grr_reported": "GRR, reported", "fx_effect_pp": "FX effect on NRR, points",
    "logo_churn_rate": "Logo churn", "revenue_churn_rate": "Revenue churn", "expansion_rate": "Expansion rate",
    "start_arr": "Opening ARR", "new_arr": "New", "reactivation_arr": "Reactivation", "expansion_arr": "Expansion",
    "contraction_arr": "Less contraction", "churn_arr": "Less churn", "transfer_arr": "Transfers",
    "fx_effect": "Exchange rates", "end_arr": "Closing ARR",
    "movement_type": "Movement", "churned_arr_cc": "ARR lost, constant", "churn_category": "Category",
    "churn_reason": "Reason", "band_3_months_before": "Health band 3 months before", "is_surprise": "Surprise",
    "revenue_type": "Type", "revenue_cc": "Revenue, constant", "revenue_reported": "Revenue, reported",
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A worksheet: one query of a mart, how many columns stay in view, and those whose sums stand at its foot."""

    name: str
    about: str
    mart: str
    sql: str
    fixed: int
    footed: tuple[str, ...] = ()


def finance_sheets(release: Release) -> list[Sheet]:
    """What finance gets, of all clients."""
    return [_retention(), *_waterfalls("company"), _arr(release), *_events()]


def manager_sheets(release: Release) -> list[Sheet]:
    """What an account manager gets: their own clients first."""
    about, footed = "Clients of this account manager today", ("arr_cc", "annual_revenue_cc")
    clients = Sheet("Clients", about, "dim_clients", CLIENTS, 2, footed)
    return [clients, _arr(release), *_events(), _retention(), *_waterfalls("am")]


def rows_of(release: Release, sheet: Sheet) -> pl.DataFrame:
    """The sheet's rows, money as Decimal. Raises SheetTooLong."""
    rows = release.rows(sheet.sql)
    if rows.height > MOST_ROWS:
        raise SheetTooLong(
            f"{rows.height:,} rows are too many for the worksheet '{sheet.name}', which takes {MOST_ROWS:,}",
            done="the workbook was not written, all other files were",
            do="use the Parquet files: tenure export --only parquet",
        )
    return rows


def _retention() -> Sheet:
    about = "NRR, GRR and churn of the clients of 12 months before, by segment"
    return Sheet("Retention", about, "rpt_retention", RETENTION, 3)


def _waterfalls(segment: str) -> list[Sheet]:
    about = {"constant": ("cc", "in constant currency"), "reported": ("reported", "as reported")}
    return [
        Sheet(
            f"Waterfall {name}",
            f"From opening to closing ARR by month, {words}",
            "rpt_arr_waterfall",
            WATERFALL.format(basis=basis, segment=segment),
            1,
            FLOWS,
        )
        for name, (basis, words) in about.items()
    ]


def _arr(release: Release) -> Sheet:
    """A row a client, a column a month: the last of those that have ARR."""
    months = release.rows(f"select distinct month from marts.fct_arr order by month desc limit {MONTHS}")
    names = [month.isoformat() for month in reversed(months["month"].to_list())]
    columns = [f"sum(arr.arr_cc) filter (where month = date '{name}') as {quoted(name)}" for name in names]
    shown = ", ".join(["client_id", "any_value(client_name) as client_name", *columns])
    last = f"{quoted(names[-1])} desc nulls last, " if names else ""
    sql = f"""select {shown} from marts.fct_arr as arr left join marts.dim_clients using (client_id)
        {f"where month >= date '{names[0]}'" if names else ""} group by client_id order by {last}client_id"""
    about = f"ARR by client in constant currency, the last {MONTHS} months"
    return Sheet("ARR by client", about, "fct_arr", sql, 2, tuple(names))


def _events() -> list[Sheet]:
    last = f"the last {MONTHS} months"
    changes, revenue = ("change_cc", "change_reported", "fx_effect_reported"), ("revenue_cc", "revenue_reported")
    by_type = f"Recognised revenue by client, month and type, {last}"
    return [
        Sheet("Movements", f"Changes of ARR by client, {last}", "fct_arr_movements", MOVEMENTS, 3, changes),
        Sheet("Churn", "Clients whose ARR ended", "fct_churn", CHURN, 3, ("churned_arr_cc",)),
        Sheet("Revenue", by_type, "fct_revenue", REVENUE, 3, revenue),
    ]
