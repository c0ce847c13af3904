"""What every client (or account) was worth at each month end of a window, under one way of counting amounts.

The published way reads the warehouse's own balances; the others go back to the invoice lines. Rates come as four series
over the same balances, so that rules can be compared without reading again.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any

from pipelines.serving.release import Release


class Rates(StrEnum):
    """At whose exchange rates amounts are converted."""

    BASELINE = "baseline"  # constant currency: every month at the baseline date's rate
    REPORTED = "reported"  # every month at its own month-end rate
    START = "start"  # every month at the rate of the window's first month end
    END = "end"  # every month at the rate of the window's last month end


class Amounts(StrEnum):
    """What a client is worth at a month end."""

    ARR = "arr"
    ARR_AND_ONE_OFFS = "arr_and_one_offs"  # with the one-off revenue recognised in the 12 months before
    REVENUE = "revenue_12m"  # recognised revenue of every type in the 12 months before


# Whose parent links make clients of accounts; anything else is the day (YYYY-MM-DD) whose links hold.
PARENTS_NOW, NO_PARENTS = "now", "none"


@dataclass(frozen=True)
class Basis:
    """A way of counting amounts; the defaults are the metric book's.

    `parents`: PARENTS_NOW, NO_PARENTS (every account by itself), or the day whose links hold.
    """

    amounts: Amounts = Amounts.ARR
    has_credits: bool = True  # credit notes lower ARR and revenue
    parents: str = PARENTS_NOW

    @property
    def is_by_account(self) -> bool:
        """Whether series are those of accounts, each by itself."""
        return self.parents != PARENTS_NOW


@dataclass(frozen=True)
class Window:
    """The month ends from that of `start` (M-k) to that of `end` (M), and the part of the company that is asked about.

    `value` None is every value of the segment.
    """

    start: dt.date
    end: dt.date
    segment: str = "company"
    value: str | None = "all"


@dataclass(frozen=True)
class Series:
    """One client's (account's) values at the window's month ends, first to last, in reporting currency.

    `was_client` says whether the client had ARR at any month end before the first.
    """

    unit_id: str
    name: str
    segment_value: str
    was_client: bool
    values: dict[Rates, tuple[Decimal, ...]]


PUBLISHED_BASIS = Basis()

_SEGMENT_OF = {
    "company": "'all'",
    "region": "clients.region_segment",
    "industry": "clients.industry_segment",
    "currency": "clients.currency_segment",
    # A client that is new in the window was in no tier at its start: it comes into the one it has at the end.
    "tier": """case when coalesce(starts.arr_cc, 0) > 0 then coalesce(tiers_at_start.tier, 'tail')
        else coalesce(tiers_at_end.tier, 'tail') end""",
    "am": """coalesce(case when coalesce(ends.arr_cc, 0) = 0 then owners_at_churn.am_id else owners_at_end.am_id end,
        'unassigned')""",
}

_MEMBERS = """
members as (
    select clients.client_id, clients.client_name, {segment} as segment_value,
        coalesce(ends.first_arr_month < $start, false) as was_client
    from intermediate.int_clients as clients
    left join intermediate.int_arr__by_client_and_month as starts
        on starts.client_id = clients.client_id and starts.month = $start
    left join intermediate.int_arr__by_client_and_month as ends
        on ends.client_id = clients.client_id and ends.month = $end
    left join intermediate.int_tiers__by_client_and_month as tiers_at_start
        on tiers_at_start.client_id = clients.client_id and tiers_at_start.month = $start
    left join intermediate.int_tiers__by_client_and_month as tiers_at_end
        on tiers_at_end.client_id = clients.client_id and tiers_at_end.month = $end
    left join intermediate.int_owners__by_client_and_month as owners_at_end
        on owners_at_end.client_id = clients.client_id and owners_at_end.month = $end
    left join intermediate.int_owners__by_client_and_month as owners_at_churn
        on owners_at_churn.client_id = clients.client_id
        and owners_at_churn.month = ends.last_churn_month - interval 1 month
)"""

_PUBLISHED_ARR = """
    select client_id as unit_id, client_id, currency, month, month as rate_month, arr_local as amount_local,
        true as is_balance
    from intermediate.int_arr__by_client_currency_and_month
    where month between $start and $end"""

_ARR_OF_LINES = """
    select {unit} as unit_id, lines.client_id, lines.currency, calendar.month, calendar.month as rate_month,
        lines.monthly_rate * 12 as amount_local, true as is_balance
    from lines
    inner join calendar on lines.service_start <= calendar.last_day and lines.service_end >= calendar.last_day
    where lines.revenue_type = 'recurring'
    union all
    -- 12 over the 1, 2 or 3 months that usage looks back on is a whole number.
    select {unit} as unit_id, lines.client_id, lines.currency, windows.month, windows.month as rate_month,
        revenue.revenue_local * (12 // windows.window_months) as amount_local, true as is_balance
    from intermediate.int_usage_windows as windows
    inner join calendar on calendar.month = windows.month
    inner join lines on lines.client_id = windows.client_id and lines.currency = windows.currency
    inner join intermediate.int_revenue__by_line_and_month as revenue on revenue.line_key = lines.line_key
        and revenue.month <= windows.source_month
        and revenue.month > windows.source_month - to_months(windows.window_months::int)
    where lines.revenue_type = 'usage'"""

_REVENUE_OF_LINES = """
    select {unit} as unit_id, lines.client_id, lines.currency, calendar.month, revenue.month as rate_month,
        revenue.revenue_local as amount_local, false as is_balance
    from lines
    inner join intermediate.int_revenue__by_line_and_month as revenue on revenue.line_key = lines.line_key
    inner join calendar
        on revenue.month <= calendar.month and revenue.month > calendar.month - interval 12 month
    where {revenue_types}"""

_SERIES = """
with calendar as (select month, last_day from intermediate.int_calendar where month between $start and $end),
lines as (select * from intermediate.int_invoice_lines as invoice_lines where {line_filter}),
{members},
amounts as ({amounts}),
rounded as (
    select unit_id, client_id, currency, month, rate_month, is_balance,
        round(sum(amount_local), 2)::decimal(18, 2) as amount_local
    from amounts
    group by all
),
-- A balance is never below 0, as in the warehouse; revenue only as the sum of its months.
floored as (
    select * replace (case when is_balance then greatest(amount_local, 0) else amount_local end as amount_local)
    from rounded
),
-- The warehouse has rates where it converts something: the nearest month's, where nobody had the currency at an end.
fixed_rates as (
    select currency,
        arg_min(rate, 2 * abs(datediff('month', month, $start)) + (month > $start)::int) as start_rate,
        arg_min(rate, 2 * abs(datediff('month', month, $end)) + (month > $end)::int) as end_rate
    from intermediate.int_fx_rates__by_month
    group by currency
),
summed as (
    select amounts.unit_id, amounts.client_id, amounts.month,
        greatest(sum(round(amounts.amount_local * cc.rate, 2)), 0) as baseline,
        greatest(sum(round(amounts.amount_local * coalesce(monthly.rate, fixed_rates.end_rate), 2)), 0) as reported,
        greatest(sum(round(amounts.amount_local * fixed_rates.start_rate, 2)), 0) as start_rate,
        greatest(sum(round(amounts.amount_local * fixed_rates.end_rate, 2)), 0) as end_rate
    from floored as amounts
    inner join intermediate.int_fx_rates__cc as cc on cc.currency = amounts.currency
    left join intermediate.int_fx_rates__by_month as monthly
        on monthly.currency = amounts.currency and monthly.month = amounts.rate_month
    inner join fixed_rates on fixed_rates.currency = amounts.currency
    where amounts.amount_local <> 0
    group by all
)
select summed.unit_id, coalesce({name}, summed.unit_id) as name, members.segment_value, members.was_client,
    summed.month, summed.baseline, summed.reported, summed.start_rate, summed.end_rate
from summed
inner join members on members.client_id = summed.client_id
{name_join}
where $value is null or members.segment_value = $value
order by summed.unit_id, summed.month
"""


def read_series(release: Release, window: Window, basis: Basis = PUBLISHED_BASIS) -> list[Series]:
    """The series of every client with any amount in the window, by id; of every account, where it is by account."""
    rows = release.rows(
        _sql(window, basis),
        {"start": window.start, "end": window.end, "value": window.value},
    )
    return list(_as_series(rows.iter_rows(named=True), month_ends(window)))


def month_ends(window: Window) -> list[dt.date]:
    """The first days of the window's months, M-k to M."""
    first, last = (day.year * 12 + day.month - 1 for day in (window.start, window.end))
    return [dt.date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)]


def _sql(window: Window, basis: Basis) -> str:
    unit = "lines.account_id" if basis.is_by_account else "lines.client_id"
    return _SERIES.format(
        line_filter="true" if basis.has_credits else "invoice_lines.kind <> 'credit_note'",
        members=_MEMBERS.format(segment=_SEGMENT_OF[window.segment]),
        amounts="\n    union all".join(part.format(unit=unit) for part in _amounts(basis)),
        name="accounts.name" if basis.is_by_account else "members.client_name",
        name_join="left join staging.stg_accounts as accounts on accounts.account_id = summed.unit_id"
        if basis.is_by_account
        else "",
    )


def _amounts(basis: Basis) -> Iterator[str]:
    if basis.amounts is not Amounts.REVENUE:
        is_published = basis.has_credits and not basis.is_by_account
        yield _PUBLISHED_ARR if is_published else _ARR_OF_LINES
    if basis.amounts is Amounts.ARR_AND_ONE_OFFS:
        yield _REVENUE_OF_LINES.replace("{revenue_types}", "lines.revenue_type = 'one_off'")
    if basis.amounts is Amounts.REVENUE:
        yield _REVENUE_OF_LINES.replace("{revenue_types}", "true")


def _as_series(rows: Iterable[dict[str, Any]], months: list[dt.date]) -> Iterator[Series]:
    columns = dict(zip(Rates, ("baseline", "reported", "start_rate", "end_rate"), strict=True))
    for unit_id, found in groupby(rows, key=lambda row: row["unit_id"]):
        by_month = {row["month"]: row for row in found}
        first = next(iter(by_month.values()))
        values = {
            rates: tuple(by_month[month][column] if month in by_month else Decimal(0) for month in months)
            for rates, column in columns.items()
        }
        yield Series(unit_id, first["name"], first["segment_value"], first["was_client"], values)
