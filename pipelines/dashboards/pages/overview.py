"""The overview: how much recurring revenue there is, whether clients stay, where ARR went, who is at risk.

Rows in (`overview_rows`), a page view out. Every title is a sentence made from the rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.churn import churn_by_category
from pipelines.dashboards.figures.trend import Event, retention_trend, shared_range
from pipelines.dashboards.pages import sentences, terms
from pipelines.dashboards.pages.choices import basis_choice, month_choice, segment_choices, segment_words
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.links import to_client, to_explanation, to_page
from pipelines.dashboards.pages.movements import movements_panel
from pipelines.dashboards.pages.overview_clients import client_panels
from pipelines.dashboards.pages.overview_rows import (
    QUARTER_MONTHS,
    TREND_MONTHS,
    WINDOW_MONTHS,
    OverviewRows,
    read_overview,
)
from pipelines.dashboards.pages.overview_waterfall import waterfall_panel
from pipelines.dashboards.pages.tiles import GRR, NRR, RATES, Rate, arr_tile, rate_tile
from pipelines.dashboards.pages.trust_rows import read_trust
from pipelines.dashboards.pages.trust_strip import trust_facts, trust_panel
from pipelines.dashboards.pages.view import Choice, Page, Panel, Table, Tile, number, text
from pipelines.dashboards.policy import Bands

if TYPE_CHECKING:
    import polars as pl

EMPTY = (
    "No recurring revenue has been landed yet. Put the exports of your CRM and billing system into the inbox and run "
    "tenure refresh."
)
NOT_SHOWN = "This release has no figures of it, or they are not for your role. Choose somebody or something else above."
DEFINITIONS = (terms.ARR, *((rate.label, rate.definition) for rate in RATES), terms.BASES)
Retention = Mapping[dt.date, Mapping[str, Any]]


def build(context: Context) -> Page:
    """The overview for one reader. Without a complete month of revenue it says so and shows what was landed."""
    page = _page(context, context.month)
    trust = read_trust(context.release)
    return replace(page, trust=trust_panel(trust), facts=trust_facts(trust))


def _page(context: Context, month: dt.date | None) -> Page:
    """All but the trust strip."""
    if month is None:
        return Page(title="Overview", headline="There is no revenue to show yet.", subtitle="", empty=EMPTY)
    rows = read_overview(context, month)
    page = Page(title="Overview", headline="", subtitle="", choices=page_choices(context), notice=notice(context))
    if rows.waterfall.is_empty():
        return replace(page, headline=f"There are no figures of {segment_words(context)}.", empty=NOT_SHOWN)
    retention = {row["month"]: row for row in rows.retention.to_dicts()}
    basis = context.question.basis
    said = sentences.retention_headline(retention.get(month, {}), metric_bands(rows.bands, NRR), basis)
    return replace(
        page,
        headline=said or _arr_headline(rows, context, month),
        subtitle=f"{segment_words(context)}, 12 months to {wording.month(month)}, {context.units.words(basis)}",
        tiles=tuple(_tiles(rows, retention, context, month)),
        panels=(
            waterfall_panel(rows.waterfall, month, context),
            churn_panel(rows.churn, month, context),
            *trend_panels(rows, month, context),
            *client_panels(context, month),
            movements_panel(rows.movements, month, 1, context),
            movements_panel(rows.movements, month, QUARTER_MONTHS, context),
        ),
        definitions=DEFINITIONS,
    )


def page_choices(context: Context) -> tuple[Choice, ...]:
    """Month, basis and segment."""
    return (month_choice(context), basis_choice(context), *segment_choices(context))


def notice(context: Context) -> str:
    """What of the address could not be used; empty where all could."""
    refused = context.question.refused
    asked = context.question.month
    if asked is not None and asked != context.month:
        refused = (*refused, f"month {asked:%Y-%m}")
    return f"Not understood and left out: {', '.join(refused)}." if refused else ""


def metric_bands(bands: Mapping[str, Bands], rate: Rate) -> Bands:
    return bands.get(rate.key, Bands())


def why_no_rate(retention: Retention, month: dt.date, window: int = WINDOW_MONTHS) -> str:
    """Why a rate of `month` is missing: too little history, or nobody to retain."""
    start = wording.month(wording.add_months(month, -window))
    if month not in retention:
        return f"Needs {window} months of history; nothing is known of {start}."
    return f"No client had ARR in {start}, so there is nothing to compare with."


def _arr_headline(rows: OverviewRows, context: Context, month: dt.date) -> str:
    balance = wording.money(_balances(rows, context.question.basis).get(month))
    return f"ARR is {balance} {context.units.currency} at the end of {wording.month(month)}."


def trend_panels(rows: OverviewRows, month: dt.date, context: Context) -> list[Panel]:
    """NRR and GRR over 24 months on one scale."""
    import polars as pl

    shown = rows.retention.filter(pl.col("month") >= wording.add_months(month, 1 - TREND_MONTHS))
    values = [shown[column] for rate in (NRR, GRR) for column in (rate.column, rate.reported_column)]
    pair = [metric_bands(rows.bands, rate) for rate in (NRR, GRR)]
    value_range = shared_range([value for series in values for value in series], pair)
    return [_trend_panel(rate, shown, rows, value_range, month, context) for rate in (NRR, GRR)]


def _trend_panel(
    rate: Rate,
    shown: pl.DataFrame,
    rows: OverviewRows,
    value_range: tuple[float, float],
    month: dt.date,
    context: Context,
) -> Panel:
    import polars as pl

    bands = metric_bands(rows.bands, rate)
    lines = shown.select("month", cc=pl.col(rate.column), reported=pl.col(rate.reported_column))
    subtitle = f"{rate.label}, 12 months to each month, constant currency (solid) and reported (dashed)"
    if lines["cc"].drop_nulls().is_empty():
        why = why_no_rate({row["month"]: row for row in shown.to_dicts()}, month)
        return Panel(rate.key, f"{rate.label} cannot be measured yet.", subtitle, empty=why)
    events = _events(rows.events, rate, context)
    return Panel(
        key=rate.key,
        title=sentences.trend_title(rate.key.upper(), lines, bands, context.question.basis),
        subtitle=subtitle,
        figure=retention_trend(lines, bands, value_range, events=events),
        narrow=retention_trend(lines, bands, value_range, narrow=True, events=events[:1]),
        table=Table(
            ("Month", "Constant currency", "Reported"),
            tuple(
                (
                    text(wording.month(row["month"])),
                    number(wording.percent(row["cc"]), row["cc"]),
                    number(wording.percent(row["reported"]), row["reported"]),
                )
                for row in lines.sort("month", descending=True).to_dicts()
            ),
        ),
        remark="A falling currency alone lowers reported GRR." if rate is GRR else "",
    )


def _events(movements: pl.DataFrame, rate: Rate, context: Context) -> list[Event]:
    """The largest gains and losses of clients, those that move the rate; new clients do not."""
    moving = {"nrr": ("expansion", "contraction", "churn"), "grr": ("contraction", "churn")}[rate.key]
    return [
        Event(
            row["month"],
            row["client_name"] or row["client_id"],
            wording.money(row["change"], sign=True),
            to_client(context, row["client_id"]),
        )
        for row in movements.to_dicts()
        if row["movement_type"] in moving
    ]


def churn_panel(churn: pl.DataFrame, month: dt.date, context: Context) -> Panel:
    """Churned ARR by category of the 12 months (or all there are) that end with `month`; a bar leads to its clients."""
    import polars as pl

    months = sum(wording.add_months(month, -WINDOW_MONTHS) < day <= month for day in context.months)
    currency, basis = context.units.currency, context.units.words(context.question.basis)
    period = wording.count(months, "month")
    subtitle = f"Churned ARR by category, {currency}, {basis}, {period} to {wording.month(month)}"
    if churn.is_empty():
        return Panel(
            "churn", f"No client left in {period}.", subtitle, empty="No churn was recorded in this period.", span=4
        )
    total = sum(churn["churned_arr"].to_list(), Decimal(0))
    clients = sum(churn["clients"].to_list())
    linked = churn.with_columns(
        path=pl.col("category").map_elements(
            lambda category: to_page(context, "/clients", category=category), return_dtype=pl.String
        )
    )
    return Panel(
        key="churn",
        span=4,
        title=sentences.churn_title(churn, period),
        subtitle=subtitle,
        figure=churn_by_category(linked, currency),
        table=Table(
            ("Category", "Clients", f"Churned ARR, {currency}"),
            tuple(
                (
                    text(wording.sentence_case(row["category"]), href=row["path"]),
                    number(f"{row['clients']:,}", row["clients"]),
                    number(wording.exact_money(row["churned_arr"]), row["churned_arr"]),
                )
                for row in linked.to_dicts()
            ),
            total=(text("Total"), number(f"{clients:,}", clients), number(wording.exact_money(total), total)),
        ),
        remark="Every departure counts here, also of clients that joined within the period or came back since.",
    )


def _tiles(rows: OverviewRows, retention: Retention, context: Context, month: dt.date) -> list[Tile]:
    basis = context.question.basis
    balances = {name: _balances(rows, name) for name in ("cc", "reported")}
    reason = why_no_rate(retention, month)
    return [
        arr_tile(balances, basis, month, context.units.currency, to_explanation(context, f"arr_{basis}", month)),
        *(
            rate_tile(
                rate,
                retention,
                basis,
                month,
                metric_bands(rows.bands, rate),
                reason,
                to_explanation(context, rate.column_of(basis), month),
            )
            for rate in RATES
        ),
    ]


def _balances(rows: OverviewRows, basis: str) -> dict[dt.date, float | None]:
    return {row["month"]: float(row["end_arr"]) for row in rows.waterfall.to_dicts() if row["basis"] == basis}
