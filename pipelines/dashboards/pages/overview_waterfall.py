"""Where ARR went: the waterfall of the 12 months to a month, of one segment in one basis."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.waterfall import arr_waterfall
from pipelines.dashboards.pages import sentences
from pipelines.dashboards.pages.choices import segment_words
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.links import to_page
from pipelines.dashboards.pages.overview_rows import WINDOW_MONTHS
from pipelines.dashboards.pages.view import Panel, Table, number, text

if TYPE_CHECKING:
    import polars as pl

# Bars of the waterfall: column, label, kind (colour), sign of the column's amounts.
BARS = (
    ("new_arr", "New", "new", 1),
    ("reactivation_arr", "Returned", "reactivation", 1),
    ("expansion_arr", "Expansion", "expansion", 1),
    ("contraction_arr", "Contraction", "contraction", -1),
    ("churn_arr", "Churn", "churn", -1),
)
TRANSFER = ("transfer_arr", "Transfers", "transfer", 1)
FX = ("fx_effect", "Currency", "fx", 1)
ZERO = Decimal("0.00")


def window(waterfall: pl.DataFrame, month: dt.date, basis: str) -> pl.DataFrame:
    """The rows of the 12 months that end with `month`, fewer where there are fewer."""
    import polars as pl

    first = wording.add_months(month, 1 - WINDOW_MONTHS)
    return waterfall.filter((pl.col("basis") == basis) & pl.col("month").is_between(first, month)).sort("month")


def waterfall_steps(months: pl.DataFrame, basis: str, segment: str = "company") -> pl.DataFrame:
    """The bars that lead from the first month's start to the last one's end.

    `months`: one row a month of rpt_arr_waterfall, in order. Returns label, kind, amount, base, top as Decimal.
    Constant currency has no bar for currency. An account manager has one for clients taken over and handed over; a tier
    has one for clients that changed it, which is what the months' ends and the next months' starts differ by.
    """
    import polars as pl

    rows = months.to_dicts()
    running = rows[0]["start_arr"]
    steps = [(f"Start {wording.month(wording.add_months(rows[0]['month'], -1))}", "total", running, ZERO, running)]
    bars = [*BARS, *([TRANSFER] if segment == "am" else []), *([FX] if basis == "reported" else [])]
    moved = [(label, kind, sum((row[column] for row in rows), ZERO) * sign) for column, label, kind, sign in bars]
    if segment == "tier":
        changed = sum((later["start_arr"] - row["end_arr"] for row, later in pairwise(rows)), ZERO)
        moved.insert(len(BARS), ("Changed tier", "transfer", changed))
    for label, kind, amount in moved:
        steps.append((label, kind, amount, running, running + amount))
        running += amount
    end = rows[-1]["end_arr"]
    steps.append((f"End {wording.month(rows[-1]['month'])}", "total", end, ZERO, end))
    money = pl.Decimal(38, 2)
    schema: dict[str, Any] = {"label": pl.String, "kind": pl.String, "amount": money, "base": money, "top": money}
    return pl.DataFrame(steps, schema=schema, orient="row")


def waterfall_panel(waterfall: pl.DataFrame, month: dt.date, context: Context) -> Panel:
    """Where ARR went in the last 12 months, currency apart. A bar of a movement leads to its clients."""
    import polars as pl

    units, basis, segment = context.units, context.question.basis, context.segment[0]
    months = window(waterfall, month, basis)
    what = f"Annual recurring revenue, {units.currency}, {units.words(basis)}"
    if months.is_empty():
        none = f"Nothing is known of {segment_words(context)} in the 12 months to {wording.month(month)}."
        return Panel("waterfall", "There is no ARR to follow.", what, empty=none, span=8)
    steps = waterfall_steps(months, basis, segment).with_columns(
        path=pl.col("kind").map_elements(lambda kind: _path(kind, context), return_dtype=pl.String)
    )
    return Panel(
        key="waterfall",
        span=8,
        title=sentences.waterfall_title(steps, months.height),
        subtitle=f"{what}, {wording.count(months.height, 'month')} to {wording.month(months['month'].to_list()[-1])}",
        figure=arr_waterfall(steps, units.currency),
        narrow=arr_waterfall(steps, units.currency, narrow=True),
        table=Table(
            ("Step", f"ARR, {units.currency}"),
            tuple(
                (
                    text(row["label"], href=row["path"]),
                    number(wording.exact_money(row["amount"]), row["amount"]),
                )
                for row in steps.to_dicts()
            ),
        ),
        remark=_remark(months, context),
    )


def _path(kind: str, context: Context) -> str:
    """The clients behind a bar; nothing leads from a balance, a transfer or the currency to a list of clients."""
    return to_page(context, "/clients", movement=kind) if kind in {kind for _, _, kind, _ in BARS} else ""


def _remark(months: pl.DataFrame, context: Context) -> str:
    parts = []
    if months.height < WINDOW_MONTHS:
        parts.append(f"History begins {wording.count(months.height, 'month')} ago.")
    if not context.principal.sees_all_clients:
        parts.append("Clients that somebody else looks after now count in the bars but are not listed behind them.")
    return " ".join(parts)
