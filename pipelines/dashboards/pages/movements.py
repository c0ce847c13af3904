"""The largest ARR movements of a period: a table by size, the rest summed, the total equal to the change in ARR."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages import sentences
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.links import to_client
from pipelines.dashboards.pages.question import BASES
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text

if TYPE_CHECKING:
    import polars as pl

SHOWN = 8
NO_OWNER = "unassigned"
# Type: its word, its mark and its colour. The mark carries the direction for readers who see no colour.
TYPES = {
    "new": ("New", "+", "new"),
    "reactivation": ("Returned", "↺", "reactivation"),
    "expansion": ("Expansion", "▲", "expansion"),
    "contraction": ("Contraction", "▼", "contraction"),
    "churn": ("Churn", "✕", "churn"),
}


def movements_panel(movements: pl.DataFrame, month: dt.date, months: int, context: Context) -> Panel:
    """The largest movements of the `months` that end with `month`, in the basis asked for.

    `movements`: month, client_id, client_name, movement_type, change (signed), am_name, the largest first.
    """
    import polars as pl

    currency = context.units.currency
    basis = BASES[context.question.basis]

    first = wording.add_months(month, 1 - months)
    period = wording.month(month) if months == 1 else f"{wording.month(first)} to {wording.month(month)}"
    subtitle = f"Largest movements, {currency}, {basis}, {period}, account manager at the time"
    key = f"movements_{months}"
    rows = movements.filter(pl.col("month").is_between(first, month))
    if rows.is_empty():
        return Panel(key, f"No client's ARR moved in {period}.", subtitle, empty="Every client stayed where it was.")
    return Panel(
        key=key,
        title=sentences.movements_title(rows, f"In {period}" if months == 1 else f"In the last {months} months"),
        subtitle=subtitle,
        table=_table(rows, context, has_months=months > 1),
        is_table_open=True,
    )


def client_cell(context: Context, row: Mapping[str, Any]) -> Cell:
    """A client's name (or id where it has none) that leads to its page. `row`: client_id, client_name."""
    return text(row["client_name"] or row["client_id"], href=to_client(context, row["client_id"]))


def _table(rows: pl.DataFrame, context: Context, has_months: bool) -> Table:
    shown = rows.head(SHOWN)
    rest = rows.slice(SHOWN)
    widest = float(max(abs(value) for value in rows["change"]))
    headings = (
        "Client",
        "Movement",
        *(("Month",) if has_months else ()),
        f"Change, {context.units.currency}",
        "Account manager",
    )
    blanks = (text(""),) * (2 if has_months else 1)
    net_rest = sum(rest["change"].to_list(), Decimal(0))
    rest_rows = (
        [(text(wording.count(rest.height, "other movement")), *blanks, _amount(net_rest, None), text(""))]
        if rest.height
        else []
    )
    net = sum(rows["change"].to_list(), Decimal(0))
    return Table(
        headings,
        (*(_row(row, widest, has_months, context) for row in shown.to_dicts()), *rest_rows),
        total=(text("Net change"), *blanks, _amount(net, None), text("")),
    )


def _row(row: dict, widest: float, has_months: bool, context: Context) -> tuple[Cell, ...]:
    word, mark, tone = TYPES[row["movement_type"]]
    return (
        client_cell(context, row),
        text(word, tone=tone, mark=mark),
        *((text(wording.month(row["month"])),) if has_months else ()),
        _amount(row["change"], float(row["change"]) / widest, tone),
        text(row["am_name"] or NO_OWNER),
    )


def _amount(value: Decimal, share: float | None, tone: str = "") -> Cell:
    return number(wording.money(value, sign=True), value, share, tone)
