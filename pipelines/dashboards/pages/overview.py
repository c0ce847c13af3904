"""The overview: how much recurring revenue there is, whether clients stay, where ARR went, whether to trust it.

Rows in (`overview_rows`), a page view out. Every title is a sentence made from the rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.churn import churn_by_category
from pipelines.dashboards.figures.trend import retention_trend, shared_range
from pipelines.dashboards.figures.waterfall import arr_waterfall
from pipelines.dashboards.pages import sentences
from pipelines.dashboards.pages.context import Context, Units
from pipelines.dashboards.pages.movements import movements_panel
from pipelines.dashboards.pages.overview_rows import QUARTER_MONTHS, WINDOW_MONTHS, OverviewRows, read_overview
from pipelines.dashboards.pages.tiles import RATES, TREND_MONTHS, Rate, arr_tile, rate_tile
from pipelines.dashboards.pages.trust import trust_facts, trust_panel
from pipelines.dashboards.pages.view import Page, Panel, Table, Tile, number, text
from pipelines.dashboards.policy import Bands

if TYPE_CHECKING:
    import polars as pl

EMPTY = (
    "No recurring revenue has been landed yet. Put the exports of your CRM and billing system into the inbox and run "
    "tenure refresh."
)
DEFINITIONS = (
    (
        "Annual recurring revenue",
        "Twelve times what clients pay for recurring services in the month, plus usage-based services at their yearly "
        "pace. One-off fees never count.",
    ),
    *((rate.label, rate.definition) for rate in RATES),
    (
        "Constant currency and reported",
        "Constant currency converts every month at the same day's rates, so only business moves it. Reported converts "
        "each month at its own month-end rates.",
    ),
)
# Bars of the waterfall: column, label, kind (colour), sign of the column's amounts.
BARS = (
    ("new_arr", "New", "new", 1),
    ("reactivation_arr", "Returned", "reactivation", 1),
    ("expansion_arr", "Expansion", "expansion", 1),
    ("contraction_arr", "Contraction", "contraction", -1),
    ("churn_arr", "Churn", "churn", -1),
    ("fx_effect", "Currency", "fx", 1),
)


def build(context: Context) -> Page:
    """The overview of one release for one reader."""
    return overview(read_overview(context.release), context.units)


def overview(rows: OverviewRows, units: Units) -> Page:
    """The whole page. Without a complete month of revenue it says so and shows what was landed."""
    trust = trust_panel(rows)
    if rows.month is None:
        return Page(
            title="Overview", headline="There is no revenue to show yet.", subtitle="", trust=trust,
            facts=trust_facts(rows), empty=EMPTY,
        )  # fmt: skip
    retention = {row["month"]: row for row in rows.retention.to_dicts()}
    latest = retention.get(rows.month, {})
    months = min(rows.waterfall["month"].n_unique(), WINDOW_MONTHS)
    period = f"{wording.count(months, 'month')} to {wording.month(rows.month)}"
    return Page(
        title="Overview",
        headline=sentences.retention_headline(latest, metric_bands(rows.bands, RATES[0])) or _arr_headline(rows, units),
        subtitle=f"Company, {period}, {units.constant}",
        tiles=tuple(_tiles(rows, retention, units)),
        panels=(
            waterfall_panel(rows.waterfall, rows.month, units),
            churn_panel(rows.churn, rows.month, months, units),
            *trend_panels(rows),
            movements_panel(rows.movements, rows.month, 1, units.currency),
            movements_panel(rows.movements, rows.month, QUARTER_MONTHS, units.currency),
        ),
        trust=trust,
        facts=trust_facts(rows),
        definitions=DEFINITIONS,
    )


def _arr_headline(rows: OverviewRows, units: Units) -> str:
    assert rows.month is not None
    balance = wording.money(_balances(rows, "cc").get(rows.month))
    return f"ARR is {balance} {units.currency} at the end of {wording.month(rows.month)}."


def metric_bands(bands: Mapping[str, Bands], rate: Rate) -> Bands:
    return bands.get(rate.key, Bands())


def waterfall_steps(waterfall: pl.DataFrame, month: dt.date, basis: str = "reported") -> pl.DataFrame:
    """The bars of the 12 months that end with `month` (fewer where history is shorter).

    `waterfall`: rows of rpt_arr_waterfall for one segment value. Returns label, kind, amount, base, top as Decimal; the
    movements lead from the first bar's top to the last one's.
    """
    import polars as pl

    months = waterfall.filter(
        (pl.col("basis") == basis) & pl.col("month").is_between(wording.add_months(month, 1 - WINDOW_MONTHS), month)
    ).sort("month")
    running = months["start_arr"].to_list()[0]
    first, last = months["month"].to_list()[0], months["month"].to_list()[-1]
    zero = Decimal("0.00")
    steps = [(f"Start {wording.month(wording.add_months(first, -1))}", "total", running, zero, running)]
    for column, label, kind, sign in BARS:
        amount = sum(months[column].to_list(), zero) * sign
        steps.append((label, kind, amount, running, running + amount))
        running += amount
    end = months["end_arr"].to_list()[-1]
    steps.append((f"End {wording.month(last)}", "total", end, zero, end))
    money = pl.Decimal(38, 2)
    schema: dict[str, Any] = {"label": pl.String, "kind": pl.String, "amount": money, "base": money, "top": money}
    return pl.DataFrame(steps, schema=schema, orient="row")


def waterfall_panel(waterfall: pl.DataFrame, month: dt.date, units: Units) -> Panel:
    """Where ARR went in the last 12 months, reported basis, currency apart."""
    steps = waterfall_steps(waterfall, month)
    history = waterfall["month"].n_unique()
    months = min(history, WINDOW_MONTHS)
    period = wording.count(months, "month") + f" to {wording.month(month)}"
    return Panel(
        key="waterfall",
        span=8,
        title=sentences.waterfall_title(steps, months),
        subtitle=f"Annual recurring revenue, {units.currency}, reported at month-end rates, {period}",
        figure=arr_waterfall(steps, units.currency),
        narrow=arr_waterfall(steps, units.currency, narrow=True),
        table=Table(
            ("Step", f"ARR, {units.currency}"),
            tuple(
                (text(row["label"]), number(wording.exact_money(row["amount"]), row["amount"]))
                for row in steps.to_dicts()
            ),
        ),
        remark="" if history >= WINDOW_MONTHS else f"History begins {wording.count(months, 'month')} ago.",
    )


def trend_panels(rows: OverviewRows) -> list[Panel]:
    """NRR and GRR over 24 months on one scale."""
    import polars as pl

    assert rows.month is not None
    start = wording.add_months(rows.month, 1 - TREND_MONTHS)
    shown = rows.retention.filter(pl.col("month") >= start)
    pair = [rate for rate in RATES if rate.reported_column]
    values = [value for rate in pair for column in (rate.column, rate.reported_column) for value in shown[column]]
    value_range = shared_range(values, [metric_bands(rows.bands, rate) for rate in pair])
    return [_trend_panel(rate, shown, metric_bands(rows.bands, rate), value_range, rows.month) for rate in pair]


def _trend_panel(
    rate: Rate, shown: pl.DataFrame, bands: Bands, value_range: tuple[float, float], month: dt.date
) -> Panel:
    import polars as pl

    lines = shown.select("month", cc=pl.col(rate.column), reported=pl.col(rate.reported_column))
    subtitle = f"{rate.label}, 12 months to each month, constant currency (solid) and reported (dashed)"
    if lines["cc"].drop_nulls().is_empty():
        return Panel(rate.key, f"{rate.label} cannot be measured yet.", subtitle, empty=_why_no_rate(shown, month))
    return Panel(
        key=rate.key,
        title=sentences.trend_title(rate.key.upper(), lines, bands),
        subtitle=subtitle,
        figure=retention_trend(lines, bands, value_range),
        narrow=retention_trend(lines, bands, value_range, narrow=True),
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
        remark="A falling currency alone lowers reported GRR." if rate.key == "grr" else "",
    )


def churn_panel(churn: pl.DataFrame, month: dt.date, months: int, units: Units) -> Panel:
    """Churned ARR by category of the `months` (12, or all there are) that end with `month`."""
    period = wording.count(months, "month")
    subtitle = f"Churned ARR by category, {units.currency}, constant currency, {period} to {wording.month(month)}"
    if churn.is_empty():
        return Panel(
            "churn", f"No client left in {period}.", subtitle, empty="No churn was recorded in this period.", span=4
        )
    total = sum(churn["churned_arr"].to_list(), Decimal(0))
    clients = sum(churn["clients"].to_list())
    return Panel(
        key="churn",
        span=4,
        title=sentences.churn_title(churn, period),
        subtitle=subtitle,
        figure=churn_by_category(churn, units.currency),
        table=Table(
            ("Category", "Clients", f"Churned ARR, {units.currency}"),
            tuple(
                (
                    text(wording.sentence_case(row["category"])),
                    number(f"{row['clients']:,}", row["clients"]),
                    number(wording.exact_money(row["churned_arr"]), row["churned_arr"]),
                )
                for row in churn.to_dicts()
            ),
            total=(text("Total"), number(f"{clients:,}", clients), number(wording.exact_money(total), total)),
        ),
        remark="Every departure counts here, also of clients that joined within the period or came back since.",
    )


def _tiles(rows: OverviewRows, retention: Mapping[dt.date, dict], units: Units) -> list[Tile]:
    assert rows.month is not None
    tiles = [arr_tile(_balances(rows, "cc"), _balances(rows, "reported"), rows.month, units.currency)]
    clients = retention.get(rows.month, {}).get("clients_start") or 0
    for rate in RATES:
        constant = {month: row[rate.column] for month, row in retention.items()}
        reported = (
            {month: row[rate.reported_column] for month, row in retention.items()} if rate.reported_column else {}
        )
        reason = _why_no_rate(rows.retention, rows.month)
        tiles.append(rate_tile(rate, constant, reported, rows.month, metric_bands(rows.bands, rate), clients, reason))
    return tiles


def _balances(rows: OverviewRows, basis: str) -> dict[dt.date, float | None]:
    return {row["month"]: float(row["end_arr"]) for row in rows.waterfall.to_dicts() if row["basis"] == basis}


def _why_no_rate(retention: pl.DataFrame, month: dt.date) -> str:
    """Why a trailing rate of `month` is missing: too little history, or nobody to retain."""
    start = wording.month(wording.add_months(month, -WINDOW_MONTHS))
    if month not in retention["month"].to_list():
        return f"Needs 12 months of history; nothing is known of {start}."
    return f"No client had ARR in {start}, so there is nothing to compare with."
