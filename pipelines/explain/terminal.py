"""An explanation for a person at a terminal: plain words, aligned numbers, no colours that a background swallows."""

import datetime as dt
import io
import unicodedata
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.explain.answer import Column, Explanation, Group, Row, Section, Unit, Value

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NUMERIC = {Unit.MONEY, Unit.LOCAL, Unit.RATE, Unit.POINTS, Unit.COUNT, Unit.NUMBER, Unit.SCORE, Unit.FX}
SEGMENT_WORDS = {"am": "account manager", "currency": "billing currency"}
NARROWEST, WIDEST = 60, 10_000
NARROWEST_TEXT = 10


def as_text(answer: Explanation, width: int = 140) -> str:
    """The whole answer as text of that width, ending in a newline."""
    from rich.console import Console
    from rich.text import Text

    written = io.StringIO()
    screen = Console(file=written, width=max(width, NARROWEST), color_system=None)
    for line in head_lines(answer):
        screen.print(Text(printable(line)))
    screen.print()
    for section in answer.sections:
        print_section(screen, section, answer.reporting_currency)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def head_lines(answer: Explanation) -> list[str]:
    """Title, value, formula and where the number is published."""
    over = (
        f", over {answer.window_months} month" + ("s" if answer.window_months != 1 else "")
        if answer.window_months
        else ""
    )
    lines = [f"{answer.title}: {value_text(answer)}", f"  {whose(answer)}, {answer.month:%Y-%m}{over}"]
    if answer.reason:
        lines.append(f"  n/a because {answer.reason}")
    lines.append(f"  = {answer.formula}")
    if answer.calculation:
        lines.append(f"  = {answer.calculation}")
    lines.append(f"  {answer.metric} in {answer.table}, as of {answer.as_of_on}")
    return [*lines, *(f"  {note}" for note in answer.notes)]


def value_text(answer: Explanation) -> str:
    """The number with its unit."""
    text = shown(answer.value, answer.unit)
    if answer.value is None:
        return text
    return f"{answer.reporting_currency} {text}" if answer.unit is Unit.MONEY else text


def shown(value: Value, unit: Unit) -> str:
    """One value as text in its unit's format; nothing is "n/a" for numbers, a dot for texts."""
    if value is None:
        return "n/a" if unit in NUMERIC else "·"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit is Unit.MONTH and isinstance(value, dt.date):
        return f"{value:%Y-%m}"
    if isinstance(value, str | dt.date):
        return printable(str(value))
    if isinstance(value, Decimal) and unit is not Unit.COUNT:
        return _decimal(value, unit)
    return f"{value:,.0f}"


def printable(text: str) -> str:
    """Without control and direction characters, which could redraw a terminal."""
    return "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)


def _decimal(value: Decimal, unit: Unit) -> str:
    if unit is Unit.RATE:
        return f"{value * 100:,.2f} %"
    if unit is Unit.POINTS:
        return f"{value:+,.2f} pp" if value else "0.00 pp"
    if unit is Unit.SCORE:
        value = round(value, 6)
    # At least 2 decimals (rates 4), and no more than there are: a rounding rest of 0.000001 must not read as 0.00.
    decimals = max(4 if unit is Unit.FX else 2, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{decimals}f}"


def whose(answer: Explanation) -> str:
    """Whom the number is about."""
    if answer.segment == "company":
        return "company"
    name = answer.segment_label
    value = answer.segment_value if name == answer.segment_value else f"{name} ({answer.segment_value})"
    return f"{SEGMENT_WORDS.get(answer.segment, answer.segment)} {value}"


def print_section(screen: "Console", section: Section, currency: str) -> None:
    """One table under its title; money columns name the reporting currency."""
    from rich.measure import Measurement
    from rich.text import Text

    screen.print(Text(printable(section.title)))
    columns = [column for column in section.columns if column.in_terminal]
    for group in map(telling, section.groups):
        if group.heading:
            screen.print(Text(f"  {printable(group.heading)}"))
        table = _table(filled(columns, group), group, currency)
        # Numbers and dates are never cut or folded: where they need more than the screen, the lines get longer.
        needed = Measurement.get(screen, screen.options.update(max_width=WIDEST), table).minimum
        terminal, screen.width = screen.width, max(needed, screen.width)
        screen.print(table, crop=False)
        screen.width = terminal
        if group.note:
            screen.print(Text(f"  {printable(group.note)}"))


def telling(group: Group) -> Group:
    """Without parts that are 0 and outside of the formula; JSON has them all."""
    rows = [row for row in group.rows if row.values.get("role") != "" or row.values["value"]]
    return replace(group, rows=rows)


def filled(columns: list[Column], group: Group) -> list[Column]:
    """The columns that have anything to show: a company without divisions needs no empty column for them."""
    return [
        column
        for column in columns
        if column.tells or any(row.values.get(column.key) not in (None, False, "") for row in group.rows)
    ]


def _table(columns: list[Column], group: Group, currency: str) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=True)
    for column in columns:
        label = f"{column.label} ({currency})" if column.unit is Unit.MONEY else column.label
        table.add_column(
            Text(label),
            justify="right" if column.unit in NUMERIC else "left",
            overflow="fold",
            no_wrap=column.unit is not Unit.TEXT,
            min_width=_room(column, group),
        )
    last = len(group.rows) - 1
    for place, row in enumerate(group.rows):
        is_before_total = place < last and group.rows[place + 1].kind == "total"
        table.add_row(*(Text(cell_text(row, column)) for column in columns), end_section=is_before_total)
    return table


def _room(column: Column, group: Group) -> int:
    """The least width of a column: texts fold, but not into splinters."""
    longest = max((len(cell_text(row, column)) for row in group.rows), default=0)
    return min(max(longest, len(column.label.split()[0])), NARROWEST_TEXT)


def cell_text(row: Row, column: Column) -> str:
    """A cell as people read it."""
    value = row.values.get(column.key)
    # Rests and totals have no invoice, no period, no file: an empty cell, not a missing value.
    if value is None and (row.kind not in ("row", "provisional") or column.key not in row.values):
        return ""
    text = shown(value, column.unit)
    return f"{text} (provisional)" if row.kind == "provisional" and column.key == "revenue_type" else text
