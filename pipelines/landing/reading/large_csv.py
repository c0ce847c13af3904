"""Large CSV files, piece by piece: the same table as `dialects.read_csv` gives, in a fraction of its memory.

A piece ends where a record ends. The cells of a piece are read at once only where it is proved that each of its records
is well formed and has as many cells as the header; any other piece goes the usual way. The raw text of proved records
is not kept: it is cut out of the file again for the few that are quarantined.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT
from pipelines.landing.reading.dialects import Table, are_well_formed, read_pieces, split_record, unique_columns

PIECE_BYTES = 48 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# A character that no text file holds parts the lines from nothing else.
_NO_DELIMITER = "\x01"


@dataclass
class _Layout:
    """How the records of a file look."""

    delimiter: str
    header: list[str]
    columns: list[str]
    schema: dict[str, pl.DataType] = field(default_factory=dict)


@dataclass
class LargeTable:
    """A table whose `_raw` is empty where `raw_of` can find it."""

    table: Table
    content: bytes
    starts: list[tuple[int, int]]  # (first line number, offset) of each piece

    def raw_of(self, line_numbers: Iterable[int]) -> dict[int, str]:
        """The text of the records that start in these lines of the file."""
        wanted: dict[int, list[int]] = {}
        firsts = [first for first, _ in self.starts]
        for number in line_numbers:
            wanted.setdefault(bisect_right(firsts, number) - 1, []).append(number)
        found: dict[int, str] = {}
        for position, numbers in wanted.items():
            line, at = self.starts[position]
            for number in sorted(numbers):
                at = _after_lines(self.content, at, number - line)
                line = number
                found[number] = _record(self.content, at)
        return found


def read_large(content: bytes, delimiter: str, piece_bytes: int = PIECE_BYTES) -> LargeTable | None:
    """The table of a UTF-8 file, or None where only the whole text can tell how it is to be read."""
    start = len(_BYTE_ORDER_MARK) if content.startswith(_BYTE_ORDER_MARK) else 0
    layout = _layout(content, start, delimiter)
    if layout is None:
        return None
    parts, starts = [], []
    line = 2
    for begin, end in _pieces(content, content.index(b"\n", start) + 1, piece_bytes):
        piece = content[begin:end]
        rows = _rows(piece, layout, line)
        if rows is None:
            return None
        starts.append((line, begin))
        parts.append(rows)
        line += piece.count(b"\n")
    if not parts:
        return None
    return LargeTable(Table(layout.header, layout.columns, pl.concat(parts)), content, starts)


def _layout(content: bytes, start: int, delimiter: str) -> _Layout | None:
    """From the first line, if it is a whole record and not blank."""
    end = content.find(b"\n", start, start + (1 << 20))
    try:
        line = content[start:end].decode("utf-8").removesuffix("\r") if end >= 0 else ""
    except UnicodeDecodeError:
        return None
    if not line.strip() or "\r" in line or "\x00" in line or line.startswith("\ufeff"):
        return None
    if not are_well_formed(pl.Series([line]), delimiter):
        return None
    header = [name.strip() for name in split_record(line, delimiter)]
    columns = unique_columns(header)
    return _Layout(delimiter, header, columns, dict.fromkeys(columns, pl.String()))


def _pieces(content: bytes, start: int, size: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of pieces that end with a line break outside quotes."""
    while start < len(content):
        end, counted, quotes = start + size, start, 0
        while True:
            end = content.find(b"\n", end) + 1
            if not end:
                end = len(content)
                break
            quotes += content.count(b'"', counted, end)
            counted = end
            if quotes % 2 == 0:
                break
        yield start, end
        start = end


def _rows(piece: bytes, layout: _Layout, first_line: int) -> pl.DataFrame | None:
    """The rows of one piece; None where its text cannot be read piece by piece."""
    if b"\x00" in piece or (b"\r" in piece and piece.count(b"\r") != piece.count(b"\r\n")):
        return None
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError:
        return None
    cells = _proved_cells(piece, layout)
    if cells is None:
        return read_pieces(text, layout.delimiter, layout.header, layout.columns, first_line)
    numbers = pl.int_range(first_line, first_line + cells.height, eager=True).alias(LINE_NUMBER)
    nothing = pl.lit(None, pl.String)
    if b'""' in piece:  # only a quoted cell can be empty without being null
        cells = cells.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return cells.with_columns(numbers, nothing.alias(RAW), nothing.alias(REJECT))


def _proved_cells(piece: bytes, layout: _Layout) -> pl.DataFrame | None:
    """The cells, if each line of the piece is a record with as many cells as the header, else None."""
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n")  # a line break inside quotes makes the piece go the other way below
    width, delimiter = len(layout.header), layout.delimiter
    lines = piece.count(b"\n") + (not piece.endswith(b"\n"))
    # A line of tabs alone is blank, not a row of empty cells; one column has no delimiters to count.
    if width == 1 or not delimiter.strip() or piece.startswith(b"\n") or b"\n\n" in piece:
        return None
    parted = piece.count(delimiter.encode())
    has_quotes = b'"' in piece
    if has_quotes:
        quoted = _quoted_lines(piece, lines)
        if quoted is None or not are_well_formed(quoted, delimiter):
            return None
        bare = quoted.str.replace_all(r'"[^"]*"', "")
        parted -= int(quoted.str.count_matches(delimiter, literal=True).sum())
        parted += int(bare.str.count_matches(delimiter, literal=True).sum())
    # No record has more cells than the header (the reader raises), so none has fewer if the sum is right.
    if parted != (width - 1) * lines:
        return None
    cells = _read(piece, layout.schema, delimiter, '"' if has_quotes else None)
    return cells if cells is not None and cells.height == lines else None


def _quoted_lines(piece: bytes, count: int) -> pl.Series | None:
    """The lines that hold a quote; None where a reader counts the lines otherwise than we do."""
    if _NO_DELIMITER.encode() in piece:
        return None
    lines = _read(piece, {"line": pl.String()}, _NO_DELIMITER, None)
    if lines is None or lines.height != count:
        return None
    return lines["line"].filter(lines["line"].str.contains('"', literal=True))


def _read(piece: bytes, schema: dict[str, pl.DataType], delimiter: str, quote: str | None) -> pl.DataFrame | None:
    try:
        return pl.read_csv(
            piece, has_header=False, separator=delimiter, quote_char=quote, infer_schema=False, schema=schema
        )
    except pl.exceptions.PolarsError:
        return None


def _after_lines(content: bytes, start: int, count: int) -> int:
    """The offset that many lines further on."""
    match = re.compile(rb"(?:[^\n]*\n){%d}" % count).match(content, start)
    return match.end() if match else len(content)


def _record(content: bytes, start: int) -> str:
    """The record that starts there: as many lines as it takes to close its quotes."""
    end = start - 1
    while True:
        end = content.find(b"\n", end + 1)
        if end < 0:
            return content[start:].decode("utf-8")
        if content.count(b'"', start, end) % 2 == 0:
            return content[start:end].decode("utf-8").removesuffix("\r")
