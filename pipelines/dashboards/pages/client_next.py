"""What comes next for a client: renewals with their forecast, white space, what the business with it is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages.client_rows import ClientRows
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text

STATUS = {
    "covered": ("●", "good", "covered by a renewal opportunity"),
    "open_now": ("◐", "neutral", "no opportunity yet: open one now"),
    "late": ("▲", "bad", "no opportunity, and late"),
}
FLAGS = {
    "currency_move": "The billing currency moved {move} against {unit} since the last quarter end.",
    "missing_fx_clause": "A contract worth {value} {unit}, billed in {currency}, has no currency clause.",
}


def next_panels(rows: ClientRows, context: Context) -> tuple[Panel, ...]:
    """All panels on what comes next."""
    return _renewals(rows, context), _economics(rows, context), _white_space(rows, context)


def _renewals(rows: ClientRows, context: Context) -> Panel:
    unit, horizon = context.units.currency, wording.count(context.parameter("renewal_days_ahead"), "day")
    subtitle = (
        f"Contracts that end within {horizon} of {wording.date(context.as_of_on)}, {unit}, {context.units.constant}"
    )
    flags = " ".join(_flag(row, unit) for row in rows.flags if row["flag"] in FLAGS)
    if not rows.renewals:
        why = f"No contract in force ends in the next {horizon}."
        return Panel("renewals", "No renewal is near.", subtitle, section="What comes next",
                     empty=f"{why} {flags}".strip())  # fmt: skip
    first = rows.renewals[0]
    total = sum((row["value_cc"] for row in rows.renewals if row["value_cc"] is not None), Decimal(0))
    days = "today" if first["days_to_end"] == 0 else f"in {wording.count(first['days_to_end'], 'day')}"
    return Panel(
        key="renewals",
        section="What comes next",
        title=f"{wording.money(total)} {unit} is up for renewal; the first contract ends {days}, "
        f"{STATUS.get(first['renewal_status'], ('', '', first['renewal_status']))[2]}.",
        subtitle=f"{subtitle}; forecast: value x how often such contracts were renewed, with its range",
        table=Table(
            ("Contract", "Ends", "Value", "State", "Renewal rate", "Forecast", "Range"),
            tuple(_renewal(row) for row in rows.renewals),
        ),
        is_table_open=True,
        remark=flags,
    )


def _renewal(row: dict[str, Any]) -> tuple[Cell, ...]:
    mark, tone, words = STATUS.get(row["renewal_status"], ("", "", row["renewal_status"]))
    like = ", ".join(part for part in (row["tier"], row["health_band"]) if part)
    bounds = (row["forecast_low_cc"], row["forecast_high_cc"])
    return (
        text(row["contract_id"]),
        text(wording.date(row["ends_on"])),
        number(wording.money(row["value_cc"]), row["value_cc"]),
        Cell(words.split(":")[0].split(",")[0], row["renewal_status"], tone=tone, mark=mark),
        number(f"{wording.percent(row['renewal_rate'])}{f' ({like})' if like else ''}", row["renewal_rate"]),
        number(wording.money(row["forecast_cc"]), row["forecast_cc"]),
        text(wording.NOT_AVAILABLE if None in bounds else f"{wording.money(bounds[0])} to {wording.money(bounds[1])}"),
    )


def _flag(row: dict[str, Any], unit: str) -> str:
    return FLAGS[row["flag"]].format(
        move=wording.percent(row["move_rate"], sign=True),
        value=wording.money(row["value_cc"]),
        currency=row["currency"],
        unit=unit,
    )


def _economics(rows: ClientRows, context: Context) -> Panel:
    unit = context.units.currency
    subtitle = f"12 months to {wording.month(rows.month)}, {unit}, {context.units.constant}"
    found = rows.economics
    if found is None:
        return Panel("economics", "There is nothing to say of its economics.", subtitle,
                     empty="No revenue, spend, cost or saving of this client is known for these months.")  # fmt: skip
    share = found["wallet_share_rate"]
    spend = found["category_spend_cc"]
    if share is None:
        title = f"We earn {wording.money(found['revenue_12m_cc'])} from it; what it spends in all is not known."
    elif share > 1:
        title = f"We earn more from it ({wording.money(found['revenue_12m_cc'])}) than it says it spends."
    else:
        title = (
            f"We have {wording.percent(share)} of what it spends; {wording.money(found['leakage_cc'])} goes elsewhere."
        )
    unknown_margin = (
        "not shown to your role" if not context.principal.may_see_margins else "not known: no costs on its lines"
    )
    rows_shown = (
        ("Revenue", _money(found["revenue_12m_cc"], "none")),
        ("Its stated category spend", _money(spend, "not stated")),
        ("Share of wallet", _rate(share, "not known")),
        ("Leakage", _money(found["leakage_cc"], "not known")),
        ("Margin", _money(found["margin_cc"], unknown_margin)),
        ("Margin rate", _rate(found["margin_rate"], unknown_margin)),
        ("Savings planned", _money(found["savings_planned_cc"], "none recorded")),
        ("Savings delivered", _money(found["savings_delivered_cc"], "none recorded")),
    )
    remark = ""
    if found["margin_cc"] is not None and found["costed_revenue_cc"] != found["revenue_12m_cc"]:
        costed = wording.money(found["costed_revenue_cc"])
        remark = f"Costs are known for {costed} of the revenue; the margin is of that."
    return Panel(
        key="economics",
        title=title,
        subtitle=subtitle,
        table=Table(("Measure", unit), tuple((text(name), cell) for name, cell in rows_shown)),
        is_table_open=True,
        remark=remark,
    )


def _money(value: Decimal | None, otherwise: str) -> Cell:
    return number(otherwise if value is None else wording.exact_money(value), value)


def _rate(value: float | None, otherwise: str) -> Cell:
    return number(otherwise if value is None else wording.percent(value), value)


def _white_space(rows: ClientRows, context: Context) -> Panel:
    unit = context.units.currency
    newest = wording.month(context.months[-1])
    subtitle = (
        f"Division and service line by country, {unit}, revenue of the 12 months to {newest}; ○ sold to others only"
    )
    if not rows.white_space:
        why = "No client has revenue of the last 12 months by division, country and service line."
        return Panel("white_space", "White space is not known.", subtitle, span=12, empty=why)
    cells = {(row["division"], row["service_line"], row["country"]): row for row in rows.white_space}
    lines = list(dict.fromkeys(key[:2] for key in cells))
    countries = sorted({key[2] for key in cells}, key=lambda country: (-_revenue(rows, country), country))
    sold = sum(bool(row["has_revenue"]) for row in rows.white_space)
    here = [country for country in countries if _revenue(rows, country) > 0]
    near = sum(not row["has_revenue"] and row["country"] in here for row in rows.white_space)
    where = f"; {near} of the free ones are in countries where it buys already" if here and near else ""
    return Panel(
        key="white_space",
        title=f"It buys {sold} of {len(rows.white_space)} offers{where}.",
        subtitle=subtitle,
        table=Table(
            ("Division, service line", *countries),
            tuple(
                (text(f"{division}, {line}"), *(_offer(cells.get((division, line, country))) for country in countries))
                for division, line in lines
            ),
        ),
        is_table_open=True,
        span=12,
    )


def _revenue(rows: ClientRows, country: str) -> Decimal:
    return sum(
        (
            row["revenue_12m_cc"] or Decimal(0)
            for row in rows.white_space
            if row["country"] == country and row["has_revenue"]
        ),
        Decimal(0),
    )


def _offer(row: dict[str, Any] | None) -> Cell:
    """A cell of the matrix: revenue, white space, or nothing where nobody buys that."""
    if row is None:
        return number("", None)
    if not row["has_revenue"]:
        return number("○", None)
    return Cell(wording.money(row["revenue_12m_cc"]), str(row["revenue_12m_cc"]), is_number=True, tone="good", mark="●")
