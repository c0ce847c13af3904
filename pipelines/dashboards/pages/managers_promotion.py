"""Promotion readiness to senior account manager, for those who may see it: the table is empty for everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages import managers_words as words
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_rows import ManagerRows
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text


def promotion_panel(context: Context, rows: ManagerRows, names: Mapping[str, str]) -> Panel | None:
    """Every AM of `names` against each criterion, the readiest first. None for readers who may not see it."""
    if rows.promotion is None:
        return None
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows.promotion.to_dicts():
        if row["am_id"] in names:
            found.setdefault(row["am_id"], {})[row["criterion"]] = row
    latest = wording.month(context.months[-1])
    subtitle = f"Criteria for senior account manager, as at {latest}, the latest complete month; ✓ met, ✕ not met"
    if not found:
        why = "Promotion readiness needs the day each account manager took up the role."
        return Panel("promotion", "No readiness for promotion is known.", subtitle, empty=why, span=12)
    met = {am_id: sum(bool(row["is_met"]) for row in criteria.values()) for am_id, criteria in found.items()}
    known = [criterion for criterion in words.CRITERIA if any(criterion in rows for rows in found.values())]
    ready = [am_id for am_id in met if met[am_id] == len(known)]
    ranked = sorted(found, key=lambda am_id: (-met[am_id], names[am_id]))
    if ready:
        title = f"Ready for promotion: {', '.join(names[am_id] for am_id in ranked[: len(ready)])}."
    else:
        best = ranked[0]
        title = f"Nobody meets all {len(known)} criteria; {names[best]} meets {met[best]}."
        if len(ranked) == 1:
            title = f"{names[best]} meets {met[best]} of {len(known)} criteria for promotion."
    thresholds = {name: row for criteria in found.values() for name, row in criteria.items()}
    if len(ranked) == 1:
        table = Table(
            ("Criterion", "Met", "Value", "Needed"),
            tuple(_criterion_row(found[ranked[0]][name]) for name in known if name in found[ranked[0]]),
        )
    else:
        table = Table(
            ("Account manager", "Met", *(_heading(thresholds[name]) for name in known)),
            tuple(
                (
                    text(names[am_id]),
                    number(f"{met[am_id]} of {len(known)}", met[am_id]),
                    *(_value_cell(found[am_id].get(name)) for name in known),
                )
                for am_id in ranked
            ),
        )
    return Panel("promotion", title, subtitle, table=table, is_table_open=True, span=6 if len(ranked) == 1 else 12)


def _needed(row: Mapping[str, Any]) -> str:
    """The threshold as its policy means it: `above 115 %`, `24 or more`, `none`."""
    value = words.criterion_value(row["criterion"], row["threshold"])
    value = value.replace(f".0{wording.THIN}%", f"{wording.THIN}%").removesuffix(".0")
    if row["comparison"] == "above":
        return f"above {value}"
    if row["comparison"] == "at_most":
        return f"{value} at most" if row["threshold"] else "none"
    return f"{value} or more"


def _heading(row: Mapping[str, Any]) -> str:
    return f"{words.CRITERIA[row['criterion']]} ({_needed(row)})"


def _value_cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return number(wording.NOT_AVAILABLE, None)
    mark, tone = ("✓", "good") if row["is_met"] else ("✕", "bad")
    value = row["value"]
    shown = words.criterion_value(row["criterion"], value)
    return Cell(shown, "" if value is None else str(value), True, tone=tone, mark=mark)


def _criterion_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    cell = _value_cell(row)
    return (
        text(words.CRITERIA[row["criterion"]]),
        text("met" if row["is_met"] else "not met", cell.tone, cell.mark),
        number(cell.text, row["value"]),
        number(_needed(row), row["threshold"]),
    )
