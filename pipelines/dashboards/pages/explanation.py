"""From a number down to its lines: what it is made of, which clients made it, and one client's invoices or events."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from urllib.parse import quote

from pipelines.dashboards import wording
from pipelines.dashboards.pages.choices import month_choice, segment_choices
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.view import Cell, Choice, Page, Panel, Switch, Table
from pipelines.errors import UserError
from pipelines.explain.answer import Column, Explanation, Group, Row, Section, Unit
from pipelines.explain.catalogue import METRICS
from pipelines.explain.question import Question
from pipelines.explain.terminal import NUMERIC, cell_text, filled, telling, value_text, whose

MOST_CLIENTS = 500
NOWHERE = "Only the dashboards on the server can take a number apart."


def build(context: Context) -> Page:
    """The explanation of the metric in the address; what cannot be explained says so."""
    metric = METRICS.get(context.item)
    if metric is None:
        words = "There is no metric of that name. The definitions list them all."
        return Page("Explanation", "There is nothing of that name to explain.", "", empty=words)
    choices = _choices(context)
    if context.explain is None:
        return Page(metric.title, metric.title, metric.formula, empty=NOWHERE)
    try:
        answer = context.explain(_question(context))
    except UserError as error:
        refused = f"{wording.sentence_case(error.what)}."
        return Page(metric.title, f"{metric.title} cannot be shown so.", metric.formula, empty=refused, choices=choices)
    return page_of(context, answer, choices)


def page_of(context: Context, answer: Explanation, choices: tuple[Choice, ...]) -> Page:
    """An answer as a page, a panel for each of its tables."""
    over = f", {wording.count(answer.window_months, 'month')} to" if answer.window_months else ","
    reason = f" n/a because {answer.reason}." if answer.reason else ""
    return Page(
        title=answer.title,
        headline=f"{answer.title}: {value_text(answer)}.{reason}",
        subtitle=f"{wording.sentence_case(whose(answer))}{over} {wording.month(answer.month)}, as of "
        f"{wording.date(answer.as_of_on)}. Published in {answer.table}.",
        panels=(
            _formula_panel(answer),
            *(
                _section_panel(context, answer, section, place)
                for section in answer.sections
                for place in range(len(section.groups))
            ),
        ),
        choices=choices,
        notice=" ".join(answer.notes),
    )


def _question(context: Context) -> Question:
    extra = context.question.extra
    segment, value = context.segment
    window = extra.get("window", "")
    return Question(
        metric=context.item,
        month=f"{context.month:%Y-%m}" if context.month else None,
        segment=segment,
        value=None if segment == "company" else value,
        window=int(window) if window.isdecimal() and len(window) < 4 else None,
        client=extra.get("client"),
        top=MOST_CLIENTS,
    )


def _choices(context: Context) -> tuple[Choice, ...]:
    return month_choice(context), *segment_choices(context)


def _formula_panel(answer: Explanation) -> Panel:
    said = f"{answer.metric} = {answer.formula}"
    return Panel(
        key="formula",
        title=answer.calculation or said,
        subtitle=said if answer.calculation else "How the number is made",
        span=12,
        switches=(Switch("All definitions", "/definitions"),),
    )


def _section_panel(context: Context, answer: Explanation, section: Section, place: int) -> Panel:
    group = telling(section.groups[place])
    columns = filled([column for column in section.columns if column.in_terminal], group)
    return Panel(
        key=f"{section.name}-{place}",
        title=group.heading or section.title,
        subtitle=section.title if group.heading else group.note or _amounts(columns, answer.reporting_currency),
        table=_table(context, answer, columns, group),
        is_table_open=True,
        remark=(group.note or "") if group.heading else "",
        span=12,
        section=section.title if place == 0 and group.heading else "",
    )


def _amounts(columns: Iterable[Column], currency: str) -> str:
    return f"Amounts in {currency}" if any(column.unit is Unit.MONEY for column in columns) else ""


def _table(context: Context, answer: Explanation, columns: list[Column], group: Group) -> Table:
    rows = [tuple(_cell(context, answer, row, column) for column in columns) for row in group.rows]
    has_total = bool(group.rows) and group.rows[-1].kind == "total"
    return Table(
        tuple(column.label for column in columns),
        tuple(rows[:-1] if has_total else rows),
        rows[-1] if has_total else (),
    )


def _cell(context: Context, answer: Explanation, row: Row, column: Column) -> Cell:
    value = row.values.get(column.key)
    raw = "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)
    return Cell(cell_text(row, column), raw, is_number=column.unit in NUMERIC, href=_href(context, answer, row, column))


def _href(context: Context, answer: Explanation, row: Row, column: Column) -> str:
    """A client's id leads to its page, its name to its part in this number."""
    client = row.values.get("client_id")
    if row.kind != "row" or not isinstance(client, str):
        return ""
    if column.key == "client_id":
        return context.link(f"/clients/{quote(client, safe='')}", client=None)
    if column.key == "client_name" and answer.client_id is None:
        return context.link(f"/explain/{answer.metric}", client=client)
    return ""
