"""A file's cells with their places, and the file again with some of them changed: all other bytes stay as they are.

A record is a row of a table or an object of a JSON export. What a cell means is none of this module's business.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.landing.connector import IncomingFile
from pipelines.landing.reading.dialects import DecodedText, records

# Where a cell is: in text (position,), in Parquet (row, column), in a workbook (sheet, row, column).
Place = tuple[int, ...]
NOTHING: Mapping[str, str] = {}
_DELIMITERS = (",", ";", "\t", "|")
_HEAD = 30  # titles and headers stand above the records
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*', re.DOTALL)
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_RECORD_STANDS_IN = {"", "[", "{[", "[{["}
_MARKS = {
    "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE,
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A value as trimmed text, where it is, and its column: a position, in JSON the member's name."""

    place: Place
    text: str
    column: int | str


@dataclass(frozen=True)
class Entry:
    """A record: the line (or row) it starts on, its cells, its text as it stands (of JSON objects)."""

    line: int
    cells: Sequence[Cell]
    text: str = ""
    span: tuple[int, int] = (0, 0)


class Document(Protocol):
    """A file's cells, and the file with some of them changed."""

    @property
    def cells(self) -> Sequence[Cell]: ...
    @property
    def entries(self) -> Sequence[Entry]: ...

    def with_cells(self, changes: Mapping[Place, str], swept: Mapping[str, str] = NOTHING) -> bytes:
        """The file with other texts in these cells ('' empties one); `swept`: texts replaced wherever they stand."""
        ...

    def reduced(self, entries: Sequence[Entry], changes: Mapping[Place, str]) -> bytes:
        """The file, changed, with at least these records: for trying out what would land."""
        ...


def document_of(file: IncomingFile) -> Document:
    """The cells of a file, by its format."""
    if file.suffix == ".parquet":
        return ParquetDocument.of(file)
    if file.suffix == ".xlsx":
        from pipelines.privacy.workbooks import Workbook

        return Workbook.of(file)
    return TextDocument.of(file)


def swept_text(text: str, swept: Mapping[str, str]) -> str:
    """A text with other texts in place of some, in any case."""
    for value, instead in swept.items():
        if value.casefold() in text.casefold():
            text = re.sub(re.escape(value), instead.replace("\\", r"\\"), text, flags=re.IGNORECASE)
    return text


@dataclass
class TextDocument:
    """A CSV or JSON export, in its own encoding and dialect. `ends`: where the cell that starts at a position ends."""

    decoded: DecodedText
    mark: bytes
    is_json: bool
    cells: list[Cell] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, file: IncomingFile) -> TextDocument:
        decoded = file.text()
        mark = _MARKS.get(decoded.encoding, b"")
        is_json = decoded.text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and file.suffix != ".csv"
        document = cls(decoded, mark if file.content.startswith(mark) else b"", is_json)
        if is_json:
            document._add_objects()
        else:
            document._add_rows()
        return document

    def with_cells(self, changes: Mapping[Place, str], swept: Mapping[str, str] = NOTHING) -> bytes:
        text = self._changed(changes, 0, len(self.decoded.text))
        for value, instead in swept.items():
            forms = (value, json.dumps(value)[1:-1], value.replace('"', '""'))
            text = swept_text(text, dict.fromkeys(forms, instead))
        return self._encoded(text)

    def reduced(self, entries: Sequence[Entry], changes: Mapping[Place, str]) -> bytes:
        """The head of a table and just these records; all of a JSON export."""
        if self.is_json:
            return self.with_cells(changes)
        chosen = sorted({*self.entries[:_HEAD], *entries}, key=lambda entry: entry.line)
        return self._encoded("\n".join(self._changed(changes, *entry.span) for entry in chosen) + "\n")

    def _changed(self, changes: Mapping[Place, str], start: int, end: int) -> str:
        text, parts, at = self.decoded.text, [], start
        for (place,) in sorted(place for place in changes if start <= place[0] < end):
            stop = self.ends[place]
            parts += [text[at:place], self._written(changes[(place,)], text[place:stop])]
            at = stop
        return "".join([*parts, text[at:end]])

    def _written(self, value: str, before: str) -> str:
        """The cell as it is to stand in the text; its line breaks stay, so that lines below keep their numbers."""
        if self.is_json:
            return json.dumps(value) if value else "null"
        value += "".join(re.findall(r"\r\n|\n|\r", before))
        needs_quotes = any(sign in value for sign in ',;\t|"\r\n')
        return '"' + value.replace('"', '""') + '"' if needs_quotes else value

    def _encoded(self, text: str) -> bytes:
        if self.decoded.encoding != "windows-1252":
            return self.mark + text.encode(self.decoded.encoding, "surrogatepass")
        try:
            return text.encode("cp1252")
        except UnicodeEncodeError:  # the five bytes that are no Windows-1252 were read as Latin-1: they go back so
            return b"".join(sign.encode("latin-1" if "\x80" <= sign <= "\x9f" else "cp1252") for sign in text)

    def _add_rows(self) -> None:
        text = self.decoded.text
        delimiter = _delimiter(text)
        pattern = re.compile(rf'"[^"]*+(?:""[^"]*+)*+"[ \t]*+|[^{re.escape(delimiter)}]*+')
        position = 1 if text.startswith("\ufeff") else 0
        for line, raw, values in records(text[position:], delimiter):
            start = text.index(raw, position)
            position = start + len(raw)
            cells, at = [], start
            for column, value in enumerate(values or []):
                match = pattern.match(text, at, position)
                assert match is not None  # the pattern matches the empty text too
                cells.append(Cell((at,), value.strip(), column))
                self.ends[at] = match.end()
                at = match.end() + 1
            self.cells += cells
            self.entries.append(Entry(line, tuple(cells), span=(start, position)))

    def _add_objects(self) -> None:
        text = self.decoded.text
        name = ""
        for match in _SCALAR.finditer(text):
            value = _value(match.group())
            if value is None:
                continue
            if re.match(r"\s*:", text[match.end() : match.end() + 20]):
                name = value
                continue
            self.cells.append(Cell((match.start(),), value.strip(), name))
            self.ends[match.start()] = match.end()
        places = [cell.place[0] for cell in self.cells]
        starts = [0, *(match.end() for match in re.finditer("\n", text))]
        for start, end in _objects(text):
            own = tuple(self.cells[bisect_left(places, start) : bisect_left(places, end)])
            self.entries.append(Entry(bisect_right(starts, start), own, text[start:end], (start, end)))


def _delimiter(text: str) -> str:
    """The one that gives the widest row near the top."""
    head = text[:200_000]

    def width(delimiter: str) -> int:
        found = zip(range(_HEAD), records(head, delimiter), strict=False)
        return max((len(cells or []) for _, (_, _, cells) in found), default=0)

    return max(_DELIMITERS, key=width)


def _value(literal: str) -> str | None:
    try:
        value = json.loads(literal)
    except ValueError:
        return None
    return value if isinstance(value, str) else literal


def _objects(text: str) -> Iterator[tuple[int, int]]:
    """Spans of all objects that an export may hold as a record: alone, in a list, in a list of an API's wrapper."""
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(text):
        sign = match.group()
        if sign in "{[":
            opened.append((sign, match.start()))
        elif sign in "}]" and opened:
            kind, start = opened.pop()
            if kind == "{" and "".join(each for each, _ in opened) in _RECORD_STANDS_IN:
                yield start, match.end()


@dataclass
class ParquetDocument:
    """A Parquet export."""

    content: bytes
    entries: list[Entry]

    @classmethod
    def of(cls, file: IncomingFile) -> ParquetDocument:
        import polars as pl

        from pipelines.landing.reading.typed_files import cell_text

        frame = pl.read_parquet(io.BytesIO(file.content))
        entries = [
            Entry(row + 2, tuple(Cell((row, at), cell_text(value).strip(), at) for at, value in enumerate(values)))
            for row, values in enumerate(frame.iter_rows())
        ]
        return cls(file.content, entries)

    @property
    def cells(self) -> list[Cell]:
        return [cell for entry in self.entries for cell in entry.cells]

    def with_cells(self, changes: Mapping[Place, str], swept: Mapping[str, str] = NOTHING) -> bytes:
        """As in `Document`; a changed cell that is no text becomes empty."""
        import polars as pl

        frame = pl.read_parquet(io.BytesIO(self.content))
        for column, (name, dtype) in enumerate(frame.schema.items()):
            changed = {place[0]: text for place, text in changes.items() if place[1] == column}
            if not changed and (dtype != pl.String or not swept):
                continue
            values = frame[name].to_list()
            for row, text in changed.items():
                values[row] = (text or None) if dtype == pl.String else None
            if dtype == pl.String:
                values = [value and swept_text(value, swept) for value in values]
            frame = frame.with_columns(pl.Series(name, values, dtype=dtype))
        stream = io.BytesIO()
        frame.write_parquet(stream)
        return stream.getvalue()

    def reduced(self, entries: Sequence[Entry], changes: Mapping[Place, str]) -> bytes:
        return self.with_cells(changes)
