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
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT
from pipelines.landing.reading.dialects import Table, are_well_formed, read_pieces, split_record, unique_columns

PIECE_BYTES = 8 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass
class _Layout:
    """How the records of a file look."""

    delimiter: str
    header: list[str]
    columns: list[str]
    schema: dict[str, pl.DataType] = field(default_factory=dict)


@dataclass
class _Piece:
    """Some records of a file, with where their line breaks and quotes stand."""

    content: bytes

    @cached_property
    def signs(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.content, np.uint8)

    @cached_property
    def line_breaks(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self.signs == ord("\n"))

    @cached_property
    def quotes(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self.signs == ord('"'))

    @property
    def has_blank_lines(self) -> bool:
        """Whether a line has no sign at all, also inside quotes."""
        return self.content.startswith(b"\n") or bool((np.diff(self.line_breaks) == 1).any())


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
        piece = _Piece(content[begin:end])
        rows = _rows(piece, layout, line)
        if rows is None:
            return None
        starts.append((line, begin))
        parts.append(rows)
        line += len(piece.line_breaks)
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


def _rows(piece: _Piece, layout: _Layout, first_line: int) -> pl.DataFrame | None:
    """The rows of one piece; None where its text cannot be read piece by piece."""
    content = piece.content
    if b"\x00" in content or (b"\r" in content and content.count(b"\r") != content.count(b"\r\n")):
        return None
    if not _is_utf8(content):
        return None
    cells = _proved_cells(piece, layout)
    if cells is None:
        return read_pieces(content.decode("utf-8"), layout.delimiter, layout.header, layout.columns, first_line)
    numbers = pl.int_range(first_line, first_line + cells.height, eager=True).alias(LINE_NUMBER)
    nothing = pl.lit(None, pl.String)
    if len(piece.quotes):  # only a quoted cell can be empty without being null
        cells = cells.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return cells.with_columns(numbers, nothing.alias(RAW), nothing.alias(REJECT))


def _is_utf8(content: bytes) -> bool:
    try:
        return content.isascii() or bool(content.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _proved_cells(piece: _Piece, layout: _Layout) -> pl.DataFrame | None:
    """The cells, if each line of the piece is a record with as many cells as the header, else None."""
    if b"\r" in piece.content:  # a line break inside quotes makes the piece go the other way below
        piece = _Piece(piece.content.replace(b"\r\n", b"\n"))
    width, delimiter = len(layout.header), layout.delimiter
    lines = len(piece.line_breaks) + (not piece.content.endswith(b"\n"))
    # A line of tabs alone is blank, not a row of empty cells; one column has no delimiters to count.
    if width == 1 or not delimiter.strip() or piece.has_blank_lines:
        return None
    # No record has more cells than the header (the reader raises), so none has fewer if the sum is right.
    if _parting(piece, delimiter) != (width - 1) * lines:
        return None
    cells = _read(piece.content, layout.schema, delimiter, '"' if len(piece.quotes) else None)
    return cells if cells is not None and cells.height == lines else None


def _parting(piece: _Piece, delimiter: str) -> int | None:
    """The number of delimiters outside quotes; None where a quote is in doubt (RFC 4180) or runs over a line break."""
    sign = ord(delimiter)
    delimiters = piece.signs == sign
    if not len(piece.quotes):
        return int(np.count_nonzero(delimiters))
    if len(piece.quotes) % 2:
        return None
    # A doubled quote closes one span and opens the next.
    opening, closing = piece.quotes[0::2], piece.quotes[1::2]
    ends = np.array([sign, *b'\n"'], np.uint8)
    before, after = opening[opening > 0] - 1, closing[closing + 1 < len(piece.signs)] + 1
    if not (np.isin(piece.signs[before], ends).all() and np.isin(piece.signs[after], ends).all()):
        return None
    is_filled = closing - opening > 1
    opening, closing = opening[is_filled], closing[is_filled]
    if (np.searchsorted(piece.line_breaks, opening) != np.searchsorted(piece.line_breaks, closing)).any():
        return None
    places = np.flatnonzero(delimiters)
    inside = np.searchsorted(places, closing) - np.searchsorted(places, opening)
    return len(places) - int(inside.sum())


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
