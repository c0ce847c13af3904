"""Which columns of a file a connector uses, found by experiment: each is taken out of the header, then filled, in turn.

A column is used if its absence changes what would land, or else if other values in it do (a mark of deleted records
says "no" in most files). So no connector has to tell, and none can tell wrongly. Tried on the first rows; where a file
has several headers, on the first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from pipelines.landing.connector import IS_ACTIVE, NOTE, REJECT, Connector, IncomingFile, SourceContext

if TYPE_CHECKING:
    import polars as pl

    # What lands, by entity, whether it is derived, and its place.
    _Landing = dict[tuple[str, bool, int], pl.DataFrame]

_DELIMITERS = (",", ";", "\t", "|")
_HEADER_WITHIN = 30
_TRIED_ROWS = 100
# A name that no system gives a column, and a value that is a flag to some columns and out of place in the others.
_TAKEN_OUT = "tenure took out {}"
_FILLED = "true"


@dataclass(frozen=True)
class Layout:
    """A file's records as text cells. `header_at`: the position of the header among `rows` (line number, cells)."""

    rows: list[tuple[int, list[str]]]
    header_at: int
    delimiter: str | None

    @property
    def header(self) -> list[str]:
        return self.rows[self.header_at][1]

    @property
    def header_line(self) -> int:
        return self.rows[self.header_at][0]


@dataclass(frozen=True)
class ColumnUse:
    """Column names as written, in file order. `used_but_empty`: would be used, but the first rows have nothing there.
    `why_unknown`: why the columns could not be tried; there are no names then."""

    used: Sequence[str] = ()
    used_but_empty: Sequence[str] = ()
    unused: Sequence[str] = ()
    why_unknown: str | None = None


def layout_of(file: IncomingFile) -> Layout | None:
    """The records of a CSV file or of a workbook's only filled sheet; None for other files and empty ones."""
    if file.suffix == ".csv":
        candidates = [_layout(_csv_rows(file, delimiter), delimiter) for delimiter in _DELIMITERS]
        found = [layout for layout in candidates if layout]
        return max(found, key=lambda layout: _filled(layout.header), default=None)
    if file.suffix == ".xlsx":
        from pipelines.landing.reading.typed_files import sheet_rows

        sheets = [rows for rows in sheet_rows(file.content).values() if rows]
        return _layout([(line, cells) for line, _, cells in sheets[0]], None) if len(sheets) == 1 else None
    return None


def _csv_rows(file: IncomingFile, delimiter: str) -> list[tuple[int, list[str]]]:
    from pipelines.landing.reading.dialects import records

    found = records(file.text().text.removeprefix("\ufeff"), delimiter)
    first = islice(found, _HEADER_WITHIN + _TRIED_ROWS)
    return [(line, cells if cells is not None else [raw]) for line, raw, cells in first]


def _layout(rows: list[tuple[int, list[str]]], delimiter: str | None) -> Layout | None:
    """Titles above a header fill few cells: the header is the first row that fills half of the widest one's."""
    if not rows:
        return None
    widths = [_filled(cells) for _, cells in rows[:_HEADER_WITHIN]]
    return Layout(rows, next(at for at, width in enumerate(widths) if 2 * width >= max(widths)), delimiter)


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def column_use(file: IncomingFile, layout: Layout | None, connector: Connector, source: SourceContext) -> ColumnUse:
    """What the connector uses of the file. It reads the first rows at most twice for each column."""
    if layout is None:
        return ColumnUse(why_unknown="it is no single table")
    body = [cells for _, cells in layout.rows[layout.header_at + 1 :][:_TRIED_ROWS]]

    def lands(header: list[str], rows: list[list[str]]) -> _Landing | None:
        return _read(with_table(file, layout, header, rows), connector, source)

    whole = lands(layout.header, body)
    if whole is None:
        return ColumnUse(why_unknown="its first rows cannot be read by themselves")
    used, used_but_empty, unused = [], [], []
    for position, name in enumerate(layout.header):
        if not name.strip():
            continue
        without = [*layout.header]
        without[position] = _TAKEN_OUT.format(position)
        filled = [[*cells[:position], _FILLED, *cells[position + 1 :]] for cells in body]
        if _is_same(whole, lands(without, body)) and _is_same(whole, lands(layout.header, filled)):
            unused.append(name.strip())
        elif any(cells[position : position + 1] not in ([], [""]) for cells in body):
            used.append(name.strip())
        else:
            used_but_empty.append(name.strip())
    return ColumnUse(used, used_but_empty, unused)


def with_table(file: IncomingFile, layout: Layout, header: list[str], body: list[list[str]]) -> IncomingFile:
    """The file as CSV with another table under what stands above its header."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=layout.delimiter or ",", lineterminator="\n")
    writer.writerows([*(cells for _, cells in layout.rows[: layout.header_at]), header, *body])
    return _as_csv(file).with_content(text.getvalue().encode())


def _read(file: IncomingFile, connector: Connector, source: SourceContext) -> _Landing | None:
    """What lands of a file; None where it is refused."""
    from pipelines.landing.entities import ENTITIES

    try:
        extracts = connector.read(file, source)
    except Exception:  # mostly Refused; a header or cell that nobody has ever written may break a reader in any way
        return None
    frames: _Landing = {}
    for position, extract in enumerate(extracts):
        entity = ENTITIES[extract.entity]
        own = {*entity.columns, *entity.technical_columns, REJECT, IS_ACTIVE, NOTE}
        columns = sorted(name for name in extract.rows.columns if name in own)
        filled = [name for name in columns if extract.rows[name].is_not_null().any()]
        frames[(extract.entity, extract.is_derived, position)] = extract.rows.select(filled)
    return frames


def _as_csv(file: IncomingFile) -> IncomingFile:
    return replace(file, name=f"{file.name.removesuffix(file.suffix)}.csv") if file.suffix != ".csv" else file


def _is_same(one: _Landing, other: _Landing | None) -> bool:
    return other is not None and one.keys() == other.keys() and all(one[key].equals(other[key]) for key in one)
