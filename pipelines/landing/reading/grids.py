"""Files whose table does not begin on the first line, or that hold titles, groups and totals: reports.

A grid is the file record by record, nothing interpreted. A connector finds its header by names, says what every other
row is, and makes a `Table` of the rows that are data. Reports are small (they are made to be read), so this is plain
Python; object exports of millions of rows go through `dialects.read_csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Refused
from pipelines.landing.reading.dialects import QUOTE_REASON, Table, decode, records, unique_columns

if TYPE_CHECKING:
    from pipelines.landing.connector import IncomingFile


@dataclass(frozen=True)
class GridRow:
    """One record. `cells` are trimmed, '' where empty; None where a quote is broken. Blank lines are no records."""

    line_number: int
    raw: str
    cells: list[str] | None

    def cell(self, position: int) -> str:
        """The cell, '' beyond the row's end."""
        return self.cells[position] if self.cells is not None and position < len(self.cells) else ""

    @property
    def filled(self) -> list[str]:
        """The cells that are not empty."""
        return [cell for cell in self.cells or [] if cell]


def read_grid(file: IncomingFile, delimiter: str = ",") -> list[GridRow]:
    """All records of a CSV file, or of the first filled sheet of a workbook. Raises Refused for a broken workbook."""
    if file.suffix == ".xlsx":
        return next((rows for rows in read_sheets(file).values() if rows), [])
    found = records(file.text().text.removeprefix("\ufeff"), delimiter)
    return [
        GridRow(number, raw, None if cells is None else [cell.strip() for cell in cells])
        for number, raw, cells in found
    ]


def read_sheets(file: IncomingFile) -> dict[str, list[GridRow]]:
    """The rows that hold something of each sheet of a workbook, by its name. Raises Refused for a broken workbook."""
    from pipelines.landing.reading.typed_files import sheet_rows

    return {
        name: [GridRow(number, raw, [cell.strip() for cell in cells]) for number, raw, cells in rows]
        for name, rows in sheet_rows(file.content).items()
    }


def head_rows(file: IncomingFile, count: int, of_bytes: int = 262_144) -> list[list[str]]:
    """The first filled records of a CSV file, trimmed and lower-cased, for `recognise`: it looks at the head only."""
    found = records(decode(file.head(of_bytes)).text.removeprefix("\ufeff"))
    return [[cell.strip().lower() for cell in cells or []] for _, _, cells in islice(found, count)]


def header_at(rows: list[GridRow], is_header: Callable[[list[str]], bool], within: int = 30) -> int:
    """Position of the first row whose lower-cased cells are a header. Raises Refused where there is none."""
    for position, row in enumerate(rows[:within]):
        if row.cells is not None and is_header([cell.lower() for cell in row.cells]):
            return position
    raise Refused("Its header row is not found.", "Export the report again with its usual columns.")


def table_of(header: list[str], rows: Iterable[GridRow]) -> Table:
    """The table of the data rows. A row that is wider than the header with something in it, or whose quotes are broken,
    is a reject; short rows are filled with empty cells, as reports leave out empty ends."""
    width = len(header)
    columns = unique_columns(header)
    cells, about = [], []
    for row in rows:
        reason = None
        if row.cells is None:
            reason = QUOTE_REASON
        elif any(row.cells[width:]):
            reason = f"the row has {len(row.cells)} cells, the header has {width}"
        values = [""] * width if reason or row.cells is None else [*row.cells, *[""] * width][:width]
        cells.append([value or None for value in values])
        about.append((row.line_number, row.raw.replace("\x00", "\u2400"), reason))
    notes = pl.DataFrame(about, schema={LINE_NUMBER: pl.Int64, RAW: pl.String, REJECT: pl.String}, orient="row")
    frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")
    return Table(header, columns, frame.hstack(notes))
