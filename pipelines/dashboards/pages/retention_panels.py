"""What moves retention: currency, the types of expansion, why clients left, and what nobody saw coming."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.dashboards import wording
from pipelines.dashboards.figures.fx_effect import fx_effect
from pipelines.dashboards.figures.level import Point, level_line
from pipelines.dashboards.figures.lying_bars import LyingBar, lying_bars
from pipelines.dashboards.figures.theme import label
from pipelines.dashboards.pages import sentences
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.links import to_page
from pipelines.dashboards.pages.movements import NO_OWNER, client_cell
from pipelines.dashboards.pages.overview_rows import TREND_MONTHS
from pipelines.dashboards.pages.question import BASES
from pipelines.dashboards.pages.retention_rows import LISTED, SURPRISE_MONTHS
from pipelines.dashboards.pages.view import Panel, Table, number, text

if TYPE_CHECKING:
    import polars as pl

TYPE_WORDS = {
    "geographic": "New country",
    "new_division": "New division",
    "service_line": "New service line",
    "job_family": "New job family",
    "volume": "Volume",
    "price": "Price",
}
SECTION = "What moves it"
NO_REASON = "no reason given"


def fx_panel(rates: pl.DataFrame, month: dt.date) -> Panel:
    """Reported NRR less constant-currency NRR over 24 months."""
    import polars as pl

    shown = rates.filter(pl.col("month") >= wording.add_months(month, 1 - TREND_MONTHS))
    subtitle = "Reported NRR less NRR in constant currency, percentage points, 12 months to each month"
    known = shown.drop_nulls("fx_effect_pp")
    if known.is_empty():
        why = "It needs NRR, which needs 12 months of history."
        return Panel("fx", "The effect of currency is not known yet.", subtitle, empty=why, section=SECTION)
    months, points = shown["month"].to_list(), shown["fx_effect_pp"].to_list()
    return Panel(
        key="fx",
        section=SECTION,
        title=sentences.fx_title(known),
        subtitle=subtitle,
        figure=fx_effect(months, points),
        narrow=fx_effect(months, points, narrow=True),
        table=Table(
            ("Month", "Currency, pp", "NRR constant currency", "NRR reported"),
            tuple(
                (
                    text(wording.month(row["month"])),
                    number(wording.points(row["fx_effect_pp"], sign=True), row["fx_effect_pp"]),
                    number(wording.percent(row["nrr_cc"]), row["nrr_cc"]),
                    number(wording.percent(row["nrr_reported"]), row["nrr_reported"]),
                )
                for row in shown.sort("month", descending=True).to_dicts()
            ),
        ),
    )


def expansion_panel(types: pl.DataFrame, month: dt.date, context: Context) -> Panel:
    """Where the expansion of 12 months came from. Types add up to the expansion; one of them may be negative."""
    currency = context.units.currency
    subtitle = f"Expansion by type, {currency}, constant currency, 12 months to {wording.month(month)}"
    if types.is_empty():
        return Panel("expansion", "No client grew in 12 months.", subtitle, empty="There is no expansion to divide.")
    rows = types.to_dicts()
    total = sum((row["change"] for row in rows), Decimal(0))
    return Panel(
        key="expansion",
        title=sentences.expansion_title(types, TYPE_WORDS),
        subtitle=subtitle,
        figure=lying_bars(
            [
                LyingBar(
                    name=label(TYPE_WORDS.get(row["expansion_type"], row["expansion_type"])),
                    amount=float(row["change"]),
                    label=f"<b>{wording.money(row['change'], sign=True)}</b><br>"
                    f"{wording.count(row['clients'], 'client')}",
                    tone="expansion" if row["change"] >= 0 else "contraction",
                    hover=f"<b>{wording.exact_money(row['change'])}</b> {label(currency)}",
                    path=to_page(context, "/clients", movement="expansion"),
                )
                for row in rows
            ],
            margin=124,
            height=44,
        ),
        table=Table(
            ("Type", "Clients", f"Expansion, {currency}"),
            tuple(
                (
                    text(TYPE_WORDS.get(row["expansion_type"], row["expansion_type"])),
                    number(f"{row['clients']:,}", row["clients"]),
                    number(wording.exact_money(row["change"]), row["change"]),
                )
                for row in rows
            ),
            total=(text("Expansion"), text(""), number(wording.exact_money(total), total)),
        ),
        remark="A client can grow in several ways, so its clients do not add up. "
        + ("Below zero: what other types of the same clients outweighed." if rows[-1]["change"] < 0 else ""),
    )


def reasons_panel(reasons: pl.DataFrame, month: dt.date, context: Context) -> Panel:
    """Why clients left, in their own reasons, the largest first."""
    currency, basis = context.units.currency, BASES[context.question.basis]
    subtitle = f"Churned ARR by reason, {currency}, {basis}, 12 months to {wording.month(month)}"
    if reasons.is_empty():
        return Panel("reasons", "No client left in 12 months.", subtitle, empty="No churn was recorded.")
    rows = reasons.to_dicts()
    shown, rest = rows[:LISTED], rows[LISTED:]
    total = sum((row["churned_arr"] for row in rows), Decimal(0))
    clients = sum(row["clients"] for row in rows)
    widest = float(max(row["churned_arr"] for row in rows)) or 1.0
    others = sum((row["churned_arr"] for row in rest), Decimal(0))
    return Panel(
        key="reasons",
        title=sentences.reasons_title(reasons, total, NO_REASON),
        subtitle=subtitle,
        table=Table(
            ("Reason", "Category", "Clients", f"Churned ARR, {currency}"),
            (
                *(
                    (
                        text(row["reason"] or wording.sentence_case(NO_REASON)),
                        text(row["category"], href=to_page(context, "/clients", category=row["category"])),
                        number(f"{row['clients']:,}", row["clients"]),
                        number(
                            wording.money(row["churned_arr"]),
                            row["churned_arr"],
                            float(row["churned_arr"]) / widest,
                            "neutral" if row["category"] == "unclassified" else "churn",
                        ),
                    )
                    for row in shown
                ),
                *(
                    (
                        (
                            text(wording.count(len(rest), "other reason")),
                            text(""),
                            number(f"{sum(row['clients'] for row in rest):,}", sum(row["clients"] for row in rest)),
                            number(wording.money(others), others),
                        ),
                    )
                    if rest
                    else ()
                ),
            ),
            total=(
                text("Total"),
                text(""),
                number(f"{clients:,}", clients),
                number(wording.money(total), total),
            ),
        ),
        is_table_open=True,
    )


def surprise_panel(rates: pl.DataFrame, month: dt.date) -> Panel:
    """How much of what was lost came from clients that looked green, over 24 months."""
    import polars as pl

    shown = rates.filter(pl.col("month") >= wording.add_months(month, 1 - TREND_MONTHS)).to_dicts()
    known = [row for row in shown if row["surprise_churn_rate"] is not None]
    subtitle = (
        f"Surprise churn: of the ARR lost in {SURPRISE_MONTHS} months to each month, the part of clients whose health "
        "was green at their start, constant currency"
    )
    if not known:
        why = "No ARR was lost in any three months for which the clients' health before is known."
        return Panel("surprise", "No loss came as a surprise.", subtitle, empty=why)
    highest = max(row["surprise_churn_rate"] for row in known) or 1.0
    points = [Point(wording.month(row["month"]), row["surprise_churn_rate"]) for row in shown]
    value_range = (-0.02 * highest, highest * 1.2)
    return Panel(
        key="surprise",
        title=sentences.surprise_title(known, month),
        subtitle=subtitle,
        figure=level_line(points, wording.percent, [], value_range),
        narrow=level_line(points, wording.percent, [], value_range, narrow=True),
        table=Table(
            ("Month", "Surprise churn"),
            tuple(
                (
                    text(wording.month(row["month"])),
                    number(wording.percent(row["surprise_churn_rate"]), row["surprise_churn_rate"]),
                )
                for row in reversed(shown)
            ),
        ),
    )


def surprises_panel(surprises: pl.DataFrame, month: dt.date, context: Context) -> Panel:
    """The clients that left though their health was green three months before."""
    currency, basis = context.units.currency, BASES[context.question.basis]
    subtitle = f"Green three months before they left, {currency}, {basis}, 12 months to {wording.month(month)}"
    if surprises.is_empty():
        why = "Every client that left had shown it in its health three months before, or its health was not known."
        return Panel("surprises", "Nobody left out of green health.", subtitle, empty=why, span=12)
    rows = surprises.to_dicts()
    total = sum((row["churned_arr"] for row in rows), Decimal(0))
    widest = float(max(row["churned_arr"] for row in rows)) or 1.0
    shown, rest = rows[:LISTED], rows[LISTED:]
    others = sum((row["churned_arr"] for row in rest), Decimal(0))
    blanks = (text(""),) * 4
    return Panel(
        key="surprises",
        span=12,
        title=f"{wording.count(len(rows), 'client')} with {wording.money(total)} of ARR left out of green health, "
        f"{rows[0]['client_name'] or rows[0]['client_id']} the largest.",
        subtitle=subtitle,
        table=Table(
            ("Client", f"Churned ARR, {currency}", "Month", "Category", "Reason", "Account manager"),
            (
                *(
                    (
                        client_cell(context, row),
                        number(
                            wording.money(row["churned_arr"]),
                            row["churned_arr"],
                            float(row["churned_arr"]) / widest,
                            "churn",
                        ),
                        text(wording.month(row["month"])),
                        text(row["category"]),
                        text(row["reason"] or NO_REASON),
                        text(row["am_name"] or NO_OWNER),
                    )
                    for row in shown
                ),
                *(
                    ((text(wording.count(len(rest), "other client")), number(wording.money(others), others), *blanks),)
                    if rest
                    else ()
                ),
            ),
            total=(text("Total"), number(wording.money(total), total), *blanks),
        ),
        is_table_open=True,
    )
