"""One client's recognised revenue of some months, down to invoice lines: a line's amount by day, month by month."""

import datetime as dt
from decimal import Decimal
from typing import Any

from pipelines.explain.answer import Column, Group, Row, Section, Unit
from pipelines.explain.arr import CELL_COLUMNS, LINE, LINE_COLUMNS, ORDER, RATE_COLUMNS, SOURCE_COLUMNS, period_months
from pipelines.explain.reader import read
from pipelines.serving.release import Release

CELLS = """
    select facts.month, facts.currency, facts.revenue_type, facts.country, facts.division, facts.service_line,
        facts.job_family, facts.revenue_local, cc.rate as rate_cc, cc.rate_on as rate_cc_on, facts.revenue_cc,
        monthly.rate as rate_reported, monthly.rate_on as rate_reported_on, facts.revenue_reported
    from marts.fct_revenue as facts
    left join intermediate.int_fx_rates__cc as cc on cc.currency = facts.currency
    left join intermediate.int_fx_rates__by_month as monthly
        on monthly.currency = facts.currency and monthly.month = facts.month
    where facts.client_id = $client_id and facts.month between $from_month and $to_month
    order by facts.month, facts.currency, facts.revenue_type, facts.country, facts.division, facts.service_line,
        facts.job_family
"""
LINES = f"""
    select revenue.month, revenue.revenue_local, {LINE}, lines.recognised_from, lines.recognised_to,
        cast(least(last_day(revenue.month), lines.recognised_to) - greatest(revenue.month, lines.recognised_from) + 1
            as bigint) as days,
        cast(lines.recognised_to - lines.recognised_from + 1 as bigint) as days_of_period
    from intermediate.int_invoice_lines as lines
    inner join intermediate.int_revenue__by_line_and_month as revenue on revenue.line_key = lines.line_key
    where lines.client_id = $client_id and revenue.month between $from_month and $to_month
    order by revenue.month, {ORDER}
"""


def recognised(release: Release, client_id: str, from_month: dt.date, to_month: dt.date) -> list[Section]:
    """Sections `cells` and `lines` of what a client's revenue was made of, both months included."""
    ask = {"client_id": client_id, "from_month": from_month, "to_month": to_month}
    cells, lines = read(release, CELLS, **ask), read(release, LINES, **ask)
    return [_cells(cells), _lines(cells, lines)] if cells else []


def _cells(cells: list[dict[str, Any]]) -> Section:
    columns = [
        Column("month", "Month", Unit.MONTH),
        Column("revenue_type", "Revenue"),
        *CELL_COLUMNS,
        Column("currency", "Currency"),
        Column("revenue_local", "Revenue in it", Unit.LOCAL),
        *(Column(column.key, column.label, column.unit) for column in RATE_COLUMNS[:2]),
        Column("revenue_cc", "Revenue, constant currency", Unit.MONEY),
        *(Column(column.key, column.label, column.unit) for column in RATE_COLUMNS[2:]),
        Column("revenue_reported", "Revenue, reported", Unit.MONEY),
    ]
    totals = {key: sum((cell[key] for cell in cells), Decimal(0)) for key in ("revenue_cc", "revenue_reported")}
    rows = [*(Row(cell) for cell in cells), Row({"revenue_type": "all", **totals}, "total")]
    return Section("cells", "Where it was earned x rate of exchange", columns, [Group(rows)])


def _lines(cells: list[dict[str, Any]], lines: list[dict[str, Any]]) -> Section:
    columns = [
        *LINE_COLUMNS,
        Column("days", "Days in the month", Unit.COUNT),
        Column("days_of_period", "of", Unit.COUNT),
        Column("revenue_local", "Recognised", Unit.LOCAL),
        *RATE_COLUMNS,
        *SOURCE_COLUMNS,
    ]
    rates = {(cell["month"], cell["currency"]): {c.key: cell[c.key] for c in RATE_COLUMNS} for cell in cells}
    groups = []
    for (month, currency), shared in rates.items():
        own = [line for line in lines if (line["month"], line["currency"]) == (month, currency)]
        rows = [Row({**line, **shared, "period_months": period_months(line)}) for line in own]
        total = sum((line["revenue_local"] for line in own), Decimal(0))
        head = {"month": month, "currency": currency, "product": f"Recognised in {currency}", **shared}
        rows.append(Row({**head, "revenue_local": total}, "total"))
        groups.append(Group(rows, heading=f"In {month:%Y-%m}, in {currency}"))
    return Section("lines", "Invoice lines", columns, groups)
