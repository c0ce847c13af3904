"""One client's ARR at the end of a month, down to invoice lines.

Lines add up to cells (revenue type, country, division, service line, job family), cells to the ARR in each billing
currency once rounding and the floor at 0 are shown as lines of their own, and that times a rate to the ARR published.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from pipelines.explain.answer import Column, Group, Row, RowKind, Section, Unit
from pipelines.explain.reader import read
from pipelines.serving.release import Release

CELL = ("revenue_type", "country", "division", "service_line", "job_family")
CELL_COLUMNS = [
    Column("country", "Country"),
    Column("division", "Division"),
    Column("service_line", "Service line"),
    Column("job_family", "Job family"),
]
NO_ARR = Decimal("0.00")
REST: dict[RowKind, str] = {"rounding": "rounding to the cent", "floor": "credits beyond what there was count as 0"}

BALANCES = """
    select balances.month, balances.currency, balances.arr_local, balances.is_floored, balances.is_provisional,
        cc.rate as rate_cc, cc.rate_on as rate_cc_on,
        cast(round(balances.arr_local * cc.rate, 2) as decimal(18, 2)) as arr_cc,
        monthly.rate as rate_reported, monthly.rate_on as rate_reported_on,
        case when balances.arr_local = 0 then cast(0 as decimal(18, 2))
            else cast(round(balances.arr_local * monthly.rate, 2) as decimal(18, 2)) end as arr_reported
    from intermediate.int_arr__by_client_currency_and_month as balances
    left join intermediate.int_fx_rates__cc as cc on cc.currency = balances.currency
    left join intermediate.int_fx_rates__by_month as monthly
        on monthly.currency = balances.currency and monthly.month = balances.month
    where balances.client_id = $client_id and balances.month = $month
    order by balances.currency
"""
CELLS = """
    select month, currency, revenue_type, country, division, service_line, job_family, quantity, arr_local,
        is_provisional
    from intermediate.int_arr__by_cell_and_month
    where client_id = $client_id and month = $month
    order by currency, revenue_type, country, division, service_line, job_family
"""
WINDOWS = """
    select month, currency, source_month, window_months, is_provisional,
        cast(source_month - to_months(cast(window_months - 1 as integer)) as date) as from_month
    from intermediate.int_usage_windows
    where client_id = $client_id and month = $month
    order by currency
"""
LINE = """lines.currency, lines.revenue_type, lines.country, lines.division, lines.service_line, lines.job_family,
    lines.invoice_id, lines.line_id, lines.kind as document, lines.issued_on, lines.product, lines.service_start,
    lines.service_end, lines.months_w, lines.days_r, lines.step_days_d, lines.amount, lines.quantity,
    lines._source as source, lines._file_name as file_name, lines._line_number as line_number"""
ORDER = """lines.currency, lines.revenue_type, lines.country, lines.division, lines.service_line, lines.job_family,
    lines.service_start, lines.line_key"""
RECURRING_LINES = f"""
    select {LINE}, lines.monthly_rate, cast(lines.monthly_rate * 12 as decimal(28, 6)) as arr_local
    from intermediate.int_invoice_lines as lines
    where lines.client_id = $client_id and lines.revenue_type = 'recurring'
        and lines.service_start < cast($month as date) + interval 1 month
        and date_trunc('month', lines.service_end + 1) > cast($month as date)
        and date_trunc('month', lines.service_end + 1) > date_trunc('month', lines.service_start)
    order by {ORDER}
"""
USAGE_LINES = f"""
    select {LINE}, revenue.month as revenue_month, revenue.revenue_local, windows.window_months, windows.is_provisional
    from intermediate.int_usage_windows as windows
    inner join intermediate.int_invoice_lines as lines
        on lines.client_id = windows.client_id and lines.currency = windows.currency and lines.revenue_type = 'usage'
    inner join intermediate.int_revenue__by_line_and_month as revenue
        on revenue.line_key = lines.line_key and revenue.month <= windows.source_month
        and revenue.month > windows.source_month - to_months(cast(windows.window_months as integer))
    where windows.client_id = $client_id and windows.month = $month
    order by {ORDER}, revenue.month
"""


def at_month_ends(release: Release, client_id: str, months: list[dt.date]) -> list[Section]:
    """A client's ARR at the ends of these months: sections `ends`, `balances`, `usage_windows`, `cells`, `lines`."""
    found = [_at(release, client_id, month) for month in dict.fromkeys(months)]
    sections = [_ends(found), _balances(found), _usage_windows(found), _cells(found), _lines(found)]
    return [section for section in sections if section.rows]


def _at(release: Release, client_id: str, month: dt.date) -> dict[str, Any]:
    ask = {"client_id": client_id, "month": month}
    lines = read(release, RECURRING_LINES, **ask)
    for line in read(release, USAGE_LINES, **ask):
        line["arr_local"] = _annualised(line["revenue_local"], line["window_months"])
        lines.append(line)
    owners = read(
        release,
        """select owners.am_id, managers.am_name from intermediate.int_owners__by_client_and_month as owners
        left join marts.dim_account_managers as managers on managers.am_id = owners.am_id
        where owners.client_id = $client_id and owners.month = $month""",
        **ask,
    )
    tiers = read(
        release,
        "select tier from intermediate.int_tiers__by_client_and_month where client_id = $client_id and month = $month",
        **ask,
    )
    return {
        "month": month,
        "owner": owners[0] if owners else {"am_id": None, "am_name": None},
        "tier": tiers[0]["tier"] if tiers else "tail",
        "balances": read(release, BALANCES, **ask),
        "cells": read(release, CELLS, **ask),
        "windows": read(release, WINDOWS, **ask),
        "lines": lines,
    }


def _annualised(revenue_local: Decimal, window_months: int) -> Decimal:
    """A year of the revenue, to 6 decimals; windows are 1, 2 or 3 months long, so this is exact."""
    return (revenue_local * 12 / window_months).quantize(Decimal("0.000001"))


def _ends(found: list[dict[str, Any]]) -> Section:
    columns = [
        Column("month", "At the end of", Unit.MONTH),
        Column("am_id", "Account manager", Unit.ID),
        Column("am_name", "Name"),
        Column("tier", "Tier"),
        Column("arr_cc", "ARR, constant currency", Unit.MONEY),
        Column("arr_reported", "ARR, reported", Unit.MONEY),
    ]
    rows = [
        Row(
            {
                "month": end["month"],
                **end["owner"],
                "tier": end["tier"],
                "arr_cc": sum((row["arr_cc"] for row in end["balances"]), NO_ARR),
                "arr_reported": sum((row["arr_reported"] for row in end["balances"]), NO_ARR),
            }
        )
        for end in found
    ]
    return Section("ends", "The client's ARR", columns, [Group(rows)])


def _balances(found: list[dict[str, Any]]) -> Section:
    columns = [
        Column("month", "At the end of", Unit.MONTH),
        Column("currency", "Currency"),
        Column("arr_local", "ARR in it", Unit.LOCAL),
        Column("rate_cc", "Constant rate", Unit.FX),
        Column("rate_cc_on", "of", Unit.DATE),
        Column("arr_cc", "ARR", Unit.MONEY),
        Column("rate_reported", "Month-end rate", Unit.FX),
        Column("rate_reported_on", "of", Unit.DATE),
        Column("arr_reported", "ARR, reported", Unit.MONEY),
        Column("is_provisional", "Provisional"),
        Column("is_floored", "Cut at 0"),
    ]
    rows = [Row(row) for end in found for row in end["balances"]]
    return Section("balances", "ARR by billing currency x rate of exchange", columns, [Group(rows)])


def _usage_windows(found: list[dict[str, Any]]) -> Section:
    columns = [
        Column("month", "At the end of", Unit.MONTH),
        Column("currency", "Currency"),
        Column("from_month", "First month", Unit.MONTH),
        Column("source_month", "Last month", Unit.MONTH),
        Column("window_months", "Months", Unit.COUNT),
        Column("usage_revenue_local", "Usage revenue in them", Unit.LOCAL),
        Column("usage_arr_local", "x 12 / months", Unit.LOCAL),
        Column("is_provisional", "Provisional"),
    ]
    rows = []
    for end in found:
        for window in end["windows"]:
            lines = [line for line in end["lines"] if _is_usage_in(line, window["currency"])]
            revenue = sum((line["revenue_local"] for line in lines), NO_ARR)
            annual = sum((line["arr_local"] for line in lines), NO_ARR)
            kind: RowKind = "provisional" if window["is_provisional"] else "row"
            rows.append(Row({**window, "usage_revenue_local": revenue, "usage_arr_local": annual}, kind))
    note = "Provisional: this month's hours are not billed yet, so the month before's window stands."
    has_provisional = any(row.kind == "provisional" for row in rows)
    return Section(
        "usage_windows",
        "Months that usage ARR looks back on",
        columns,
        [Group(rows, note=note if has_provisional else None)],
    )


def _is_usage_in(line: dict[str, Any], currency: str) -> bool:
    return line["revenue_type"] == "usage" and line["currency"] == currency


def _cells(found: list[dict[str, Any]]) -> Section:
    columns = [
        Column("month", "At the end of", Unit.MONTH),
        Column("currency", "Currency"),
        Column("revenue_type", "Revenue"),
        *CELL_COLUMNS,
        Column("quantity", "Quantity", Unit.NUMBER),
        Column("arr_local", "ARR", Unit.LOCAL),
    ]
    rows = [Row(cell, "provisional" if cell["is_provisional"] else "row") for end in found for cell in end["cells"]]
    return Section("cells", "Where it was earned", columns, [Group(rows)])


LINE_COLUMNS = [
    Column("month", "At the end of", Unit.MONTH, in_terminal=False),
    Column("currency", "Currency", in_terminal=False),
    Column("revenue_type", "Revenue"),
    *(Column(column.key, column.label, in_terminal=False) for column in CELL_COLUMNS),
    Column("invoice_id", "Invoice"),
    Column("line_id", "Line"),
    Column("document", "Document", in_terminal=False),
    Column("issued_on", "Issued", Unit.DATE, in_terminal=False),
    Column("product", "Product"),
    Column("service_start", "From", Unit.DATE),
    Column("service_end", "To", Unit.DATE),
    Column("period_months", "Months"),
    Column("amount", "Amount", Unit.LOCAL),
]
SOURCE_COLUMNS = [
    Column("source", "System", in_terminal=False),
    Column("file_name", "File"),
    Column("line_number", "Line no.", Unit.COUNT),
]
RATE_COLUMNS = [
    Column("rate_cc", "Constant rate", Unit.FX, in_terminal=False),
    Column("rate_cc_on", "of", Unit.DATE, in_terminal=False),
    Column("rate_reported", "Month-end rate", Unit.FX, in_terminal=False),
    Column("rate_reported_on", "of", Unit.DATE, in_terminal=False),
]


def _lines(found: list[dict[str, Any]]) -> Section:
    columns = [
        *LINE_COLUMNS,
        Column("monthly_rate", "A month", Unit.LOCAL),
        Column("revenue_month", "Usage of", Unit.MONTH),
        Column("revenue_local", "Usage revenue", Unit.LOCAL),
        Column("window_months", "of months", Unit.COUNT, in_terminal=False),
        Column("arr_local", "ARR", Unit.LOCAL),
        *RATE_COLUMNS,
        *SOURCE_COLUMNS,
    ]
    groups = [_group(end, balance) for end in found for balance in end["balances"]]
    return Section("lines", "Invoice lines", columns, groups)


def _group(end: dict[str, Any], balance: dict[str, Any]) -> Group:
    """A currency's lines at one month's end, the rests that lead to its balance, and the balance."""
    month, currency = end["month"], balance["currency"]
    rates = {column.key: balance[column.key] for column in RATE_COLUMNS}
    shared = {"month": month, "currency": currency, **rates}
    lines = [line for line in end["lines"] if line["currency"] == currency]
    rows = [
        Row(
            {**line, **shared, "period_months": period_months(line)},
            "provisional" if line.get("is_provisional") else "row",
        )
        for line in lines
    ]
    exact = sum((line["arr_local"] for line in lines), NO_ARR)
    # Where the floor holds, what lies below 0 is the floor's line, to the last decimal.
    kind: RowKind = "floor" if balance["is_floored"] else "rounding"
    rest = balance["arr_local"] - exact
    if rest:
        rows.append(Row({**shared, "product": REST[kind], "arr_local": rest}, kind))
    rows.append(Row({**shared, "product": f"ARR in {currency}", "arr_local": balance["arr_local"]}, "total"))
    return Group(rows, heading=f"At the end of {month:%Y-%m}, in {currency}")


def period_months(line: dict[str, Any]) -> str | None:
    """A line's period in months, as a whole number, a fraction or both: 12, 26/31, 1 26/31."""
    if line["service_start"] is None:
        return None
    whole, days, step = line["months_w"], line["days_r"], line["step_days_d"]
    fraction = [f"{days}/{step}"] if days else []
    return " ".join([*([str(whole)] if whole or not days else []), *fraction])
