"""What account managers are to reach and to carry: key results of the quarter, load against its ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.progress import Goal, progress_dots
from pipelines.dashboards.pages import managers_words as words
from pipelines.dashboards.pages import metric_words
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_panels import MOST_DRAWN, Card, card_link, name_of
from pipelines.dashboards.pages.managers_rows import ManagerRows
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text


def okrs_panel(context: Context, rows: ManagerRows, cards: list[dict[str, Any]]) -> Panel:
    """Progress of every key result of the quarter, a row an account manager."""
    quarter = wording.quarter(rows.month)
    subtitle = f"Progress of each objective's key result in {quarter}; dot = reached, diamond = not yet"
    names = {card["am_id"]: name_of(card) for card in cards}
    found = [row for row in rows.okrs.to_dicts() if row["am_id"] in names]
    measured = [row for row in found if row["progress"] is not None]
    if not measured:
        why = "No targets with a quarter were landed." if not found else "None of them could be measured yet."
        return Panel("okrs", f"No key result is known for {quarter}.", subtitle, empty=why)
    reached = sum(row["progress"] >= 1 for row in measured)
    lines = [
        (
            name,
            card_link(context, am_id),
            [
                Goal(f"{row['objective']}: {metric_words.metric_title(row['metric'])}", row["progress"])
                for row in measured
                if row["am_id"] == am_id
            ],
        )
        for am_id, name in names.items()
    ]
    shown = [line for line in lines if line[2]]
    return Panel(
        key="okrs",
        title=f"{reached} of {wording.count(len(measured), 'key result')} of {quarter} "
        f"{'is' if reached == 1 else 'are'} reached.",
        subtitle=subtitle,
        figure=progress_dots(shown[:MOST_DRAWN]),
        narrow=progress_dots(shown[:MOST_DRAWN], narrow=True),
        table=Table(
            ("Account manager", *OKR_HEADINGS), tuple(okr_row(row, text(names[row["am_id"]])) for row in found)
        ),
    )


OKR_HEADINGS = ("Key result", "Progress", "Actual", "Target", "Objective")


def okr_row(row: Mapping[str, Any], *heads: Cell) -> tuple[Cell, ...]:
    """A key result as table cells after `heads`."""
    progress = row["progress"]
    tone = "" if progress is None else "total" if progress >= 1 else "bad"
    target = metric_words.metric_target(row["metric"], row["target"])
    return (
        *heads,
        text(metric_words.metric_title(row["metric"])),
        number(wording.percent(progress), progress, progress, tone),
        number(metric_words.metric_value(row["metric"], row["actual"]), row["actual"]),
        number(f"at most {target}" if row["is_lower_better"] else target, row["target"]),
        text(row["objective"] or ""),
    )


def load_panel(context: Context, rows: ManagerRows, cards: list[dict[str, Any]]) -> Panel:
    """Every portfolio against its ranges."""
    above = [card for card in cards if card["arr_cc_range"] == "above"]
    limits = words.range_words("arr_cc", rows.ranges.get("arr_cc"))
    title = (
        f"{len(above)} of {len(cards)} hold more ARR than the range of {limits} {context.units.currency}."
        if above
        else f"Nobody holds more ARR than the range of {limits} {context.units.currency}."
        if limits
        else "No ranges are set for the load of account managers."
    )
    return Panel(
        key="load",
        span=12,
        title=title,
        subtitle=f"Load of each portfolio against its range, {wording.month(rows.month)}: ● within, ▲ above, ▼ below",
        table=Table(
            ("Account manager", *(_with_range(measure, rows) for measure in words.MEASURES)),
            tuple(
                (
                    text(name_of(card), href=card_link(context, card["am_id"])),
                    *(load_cell(measure, card) for measure in words.MEASURES),
                )
                for card in cards
            ),
        ),
        is_table_open=True,
    )


def _with_range(measure: str, rows: ManagerRows) -> str:
    limits = words.range_words(measure, rows.ranges.get(measure))
    return f"{words.MEASURES[measure]} ({limits})" if limits else words.MEASURES[measure]


def load_cell(measure: str, card: Card) -> Cell:
    """A measure of a portfolio with the mark of its place against the range."""
    mark, tone = words.VERDICTS.get(card[f"{measure}_range"], ("", ""))
    value = card[measure]
    return Cell(words.measure_value(measure, value), "" if value is None else str(value), True, tone=tone, mark=mark)
