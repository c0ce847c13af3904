"""Answers as text: a table for a terminal, CSV, JSON, Markdown. Rows in, text out; nothing here reads a release."""

from __future__ import annotations

import csv
import json
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from pipelines.serving.query import NUMBERS, Answer, Rows, refuse_twins
from pipelines.serving.spreadsheets import spreadsheet_cell
from pipelines.serving.texts import is_number, literal, plain, printable

if TYPE_CHECKING:
    Cell = list[str]  # the lines of a cell

GAP = "  "
EMPTY = "·"
NARROWEST = 10  # columns of the terminal that a column of text needs to be read
MARKED = re.compile(r"([\\|<`*\[\]])")  # what Markdown would take for more than text


def as_table(answer: Answer, width: int | None = None) -> str:
    """`as_grid`, and how many rows it has."""
    return as_grid(answer, width) + row_count(len(answer.rows), answer.is_cut) + "\n"


def as_grid(answer: Answer, width: int | None = None) -> str:
    """A table for a terminal of `width` columns (None: as wide as it comes).

    Numbers are right-aligned, empty cells a dot, control characters of the data taken out. Long texts are folded; where
    the columns do not fit next to each other at all, each row becomes a list of its own.
    """
    is_right = [any(is_number(row[at]) for row in answer.rows) for at in range(len(answer.columns))]
    header = [_lines(name) for name in answer.columns]
    body = [[_lines(value) for value in row] for row in answer.rows]
    widths = _fitted(list(zip(header, *body, strict=True)), is_right, width)
    if widths is None:
        lines = _as_lists(answer.columns, body, width)
    else:
        lines = [*_row(header, widths, is_right), GAP.join("─" * width for width in widths)]
        lines += [line for row in body for line in _row(row, widths, is_right)]
    return "\n".join([*lines, ""])


def row_count(count: int, is_cut: bool = False) -> str:
    """How many rows were shown, and whether there are more."""
    shown = f"{count:,} row" + ("" if count == 1 else "s")
    return f"first {shown}; there are more" if is_cut else shown


def natural_width(table: str) -> int:
    """Columns of a terminal that the text needs."""
    return max(map(_length, table.splitlines()), default=0)


def write_csv(rows: Rows, to: TextIO) -> None:
    """CSV that a spreadsheet can open without running any of it: text that looks like a formula gets an apostrophe."""
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow([spreadsheet_cell(name) for name in rows.columns])
    for block in rows.blocks():
        writer.writerows([spreadsheet_cell(value) for value in row] for row in block)


def write_json(rows: Rows, to: TextIO) -> None:
    """A JSON list with one object a row; decimals keep their digits, dates are ISO text, NaN and infinities null."""
    refuse_twins(rows.columns)
    keys = [json.dumps(name, ensure_ascii=False) for name in rows.columns]
    before = "["
    for block in rows.blocks():
        for row in block:
            cells = ", ".join(f"{key}: {literal(value)}" for key, value in zip(keys, row, strict=True))
            to.write(f"{before}{{{cells}}}")
            before = ",\n "
    to.write(("[" if before == "[" else "") + "]\n")


def write_markdown(rows: Rows, to: TextIO) -> None:
    """A table of GitHub's Markdown: numbers to the right, text that is text whatever stands in it."""
    to.write(_markdown_row(rows.columns))
    to.write(_line("---:" if kind.id in NUMBERS else "---" for kind in rows.kinds))
    for block in rows.blocks():
        to.writelines(_markdown_row(row) for row in block)


TEXTS: dict[str, Callable[[Rows, TextIO], None]] = {"csv": write_csv, "json": write_json, "markdown": write_markdown}
"""Formats that are written as the rows come, by name."""


def _markdown_row(values: Sequence[Any]) -> str:
    return _line(MARKED.sub(r"\\\1", printable(plain(value))) if value is not None else "" for value in values)


def _line(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _lines(value: Any) -> Cell:
    if value is None:
        return [EMPTY]
    text = plain(value)
    return [printable(line) for line in text.splitlines()] if "\n" in text else [printable(text)]


def _length(text: str) -> int:
    """Columns of a terminal: letters of some scripts take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _fitted(columns: Sequence[Sequence[Cell]], is_right: Sequence[bool], width: int | None) -> list[int] | None:
    """Widths that fit into the terminal, the widest texts giving way first; None where that would not be readable.

    Texts of several words are folded before ids are, numbers never.
    """
    widths = [max(_length(line) for cell in column for line in cell or [""]) for column in columns]
    room = None if width is None else width - len(GAP) * (len(widths) - 1)
    if room is None or sum(widths) <= room:
        return widths
    texts = {at for at, right in enumerate(is_right) if not right}
    words = {at for at in texts if any(" " in line for cell in columns[at] for line in cell)}
    for narrowed in (words, texts):
        for most in range(max(widths), NARROWEST - 1, -1):
            fitted = [min(each, most) if at in narrowed else each for at, each in enumerate(widths)]
            if sum(fitted) <= room:
                return fitted
    return None


def _row(cells: Sequence[Cell], widths: Sequence[int], is_right: Sequence[bool]) -> list[str]:
    folded = [_folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    return [
        GAP.join(
            _padded(cell[at] if at < len(cell) else "", width, right)
            for cell, width, right in zip(folded, widths, is_right, strict=True)
        ).rstrip()
        for at in range(max(map(len, folded), default=0))
    ]


def _folded(cell: Cell, width: int) -> Cell:
    if all(_length(line) <= width for line in cell):
        return cell
    return [part for line in cell for part in _parts(line, width)]


def _parts(line: str, width: int) -> list[str]:
    if line.isascii():
        return textwrap.wrap(line, width, replace_whitespace=False, break_on_hyphens=False) or [""]
    from rich.cells import chop_cells

    return chop_cells(line, width)


def _padded(text: str, width: int, is_right: bool) -> str:
    space = " " * (width - _length(text))
    return space + text if is_right else text + space


def _as_lists(columns: Sequence[str], body: Sequence[Sequence[Cell]], width: int | None) -> list[str]:
    """A block a row, a line a column."""
    label = max(_length(printable(name)) for name in columns)
    room = max(NARROWEST, (width or 0) - label - len(GAP))
    lines = []
    for number, row in enumerate(body, start=1):
        lines.append(f"── row {number:,} ──")
        for name, cell in zip(columns, row, strict=True):
            first, *rest = _folded(cell, room) or [""]
            lines.append(f"{_padded(printable(name), label, False)}{GAP}{first}".rstrip())
            lines += [" " * (label + len(GAP)) + line for line in rest]
    return lines
