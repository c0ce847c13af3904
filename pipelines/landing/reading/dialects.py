"""Bytes to text columns: encodings and CSV.

The dialect is fixed (comma or a given delimiter, `"` doubled inside quotes); nothing is sniffed, because a sniffer may
drop rows without a word. Meaning (dates, money, headers a system uses) does not belong here. XLSX and Parquet, whose
cells have types, are in `typed_files.py`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT

# Longest first: the UTF-32 mark begins with the UTF-16 one.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The five bytes Windows-1252 leaves undefined keep their Latin-1 meaning: no byte is ever lost.
_CP1252_GAPS = {code: code for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}

NUL_REASON = "the row holds NUL bytes: the file seems damaged; export it again"
QUOTE_REASON = "a quoted cell is not closed, or text follows its closing quote: the row is cut off or badly quoted"


@dataclass(frozen=True)
class DecodedText:
    """A file as text, with the encoding it was decoded from."""

    text: str
    encoding: str


@dataclass(frozen=True)
class Table:
    """A file's table, all text.

    `header`: the names as written, trimmed. `columns`: the same, lower-cased and made unique (an empty name becomes
    `#<position>`, a repeated one `<name>#<occurrence>`). `rows`: one String column for each of `columns` (cells as
    written; empty = null), `_line_number` (Int64: physical line where the row starts, the first line is 1), `_raw` and
    `_reject` (String: why the row cannot be read; its cells are null then).
    """

    header: list[str]
    columns: list[str]
    rows: pl.DataFrame


def decode(content: bytes) -> DecodedText:
    """Text of one file: by byte order mark, else UTF-16 or UTF-32 known by its NULs, else UTF-8, else Windows-1252.

    Decided per file: one system writes both Latin-1 and UTF-8 files. Never raises; bytes no encoding explains become
    U+FFFD.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return DecodedText(content[len(mark) :].decode(encoding, errors="replace"), encoding)
    if wide := _wide_without_mark(content[:2000]):
        return DecodedText(content.decode(wide, errors="replace"), wide)
    try:
        return DecodedText(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        # A file cut inside its last character is still UTF-8.
        if error.reason == "unexpected end of data" and error.end == len(content):
            return DecodedText(content[: error.start].decode("utf-8") + "\ufffd", "utf-8")
    return DecodedText(_decode_cp1252(content), "windows-1252")


def _wide_without_mark(head: bytes) -> str | None:
    """Latin text in UTF-16 has a NUL in every other byte, in UTF-32 three NULs in every four."""
    if len(head) < 4:
        return None
    quarter = len(head) // 4
    nuls = [head[position : quarter * 4 : 4].count(0) for position in range(4)]
    for encoding, text, empty in (("utf-32-le", 0, (2, 3)), ("utf-32-be", 3, (0, 1))):
        if all(nuls[position] == quarter for position in empty) and nuls[text] < 0.1 * quarter:
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.6 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _decode_cp1252(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        table = {code: ord(bytes([code]).decode("cp1252")) for code in range(0x80, 0xA0) if code not in _CP1252_GAPS}
        return content.decode("latin-1").translate(table)


def read_csv(source: DecodedText | str, delimiter: str = ",") -> Table:
    """The table in a CSV text whose first non-blank row is the header.

    No row is ever lost: rows with too few or too many cells, NUL bytes or a broken quote come back with a reason in
    `_reject`. Blank lines are layout, no rows. One million rows take a few seconds when the file is well formed.
    """
    text = source.text if isinstance(source, DecodedText) else source
    text = text.removeprefix("\ufeff")
    return _read_well_formed(text, delimiter) or _read_any(text, delimiter)


def physical_lines(text: str) -> int:
    """Number of lines, whichever line break is used; a last line without one counts."""
    return len(text) and len(re.findall(r"\r\n|\n|\r", text)) + (text[-1] not in "\r\n")


def unique_columns(header: list[str]) -> list[str]:
    """Lower-cased header names made unique (see `Table`). Repeated headers are data and stay readable by position."""
    seen: dict[str, int] = {}
    columns = []
    for position, name in enumerate(header, start=1):
        column = name.lower() or f"#{position}"
        if column.startswith("_"):
            column = f"#{column}"  # names with an underscore in front are the core's own
        seen[column] = seen.get(column, 0) + 1
        columns.append(column if seen[column] == 1 else f"{column}#{seen[column]}")
    # "a", "a", "a#2" would meet again.
    return columns if len(set(columns)) == len(columns) else [f"{c}#{i}" for i, c in enumerate(columns, start=1)]


# --- The fast path: vectorised, only for files whose every record is beyond doubt -----------------------------------


def _read_well_formed(text: str, delimiter: str) -> Table | None:
    """The table if each record is unambiguous (RFC 4180), else None. Must give exactly what `_read_any` gives."""
    if not text or "\x00" in text or text.count("\r") != text.count("\r\n"):
        return None
    has_quotes = '"' in text
    records = _records(text, has_quotes)
    if records is None or (has_quotes and not are_well_formed(records["raw"], delimiter)):
        return None
    records = records.filter(pl.col("raw").str.strip_chars() != "")
    if records.is_empty():
        return None
    header = [name.strip() for name in split_record(records["raw"][0], delimiter)]
    columns = unique_columns(header)
    rows = _body(records.slice(1), header, columns, delimiter, has_quotes)
    return None if rows is None else Table(header, columns, rows)


def read_pieces(
    text: str, delimiter: str, header: list[str], columns: list[str], first_line: int
) -> pl.DataFrame | None:
    """The rows of a piece of a file's text, which starts and ends with a record, as in `Table`; None in doubt.

    `first_line`: the number of the piece's first line in the file. The piece must be free of NULs and bare `\\r`.
    """
    has_quotes = '"' in text
    records = _records(text, has_quotes)
    if records is None or (has_quotes and not are_well_formed(records["raw"], delimiter)):
        return None
    records = records.filter(pl.col("raw").str.strip_chars() != "")
    rows = _body(records, header, columns, delimiter, has_quotes)
    return None if rows is None else rows.with_columns(pl.col(LINE_NUMBER) + (first_line - 1))


def _body(
    records: pl.DataFrame, header: list[str], columns: list[str], delimiter: str, has_quotes: bool
) -> pl.DataFrame | None:
    """The rows of the records below the header."""
    raws = records["raw"]
    body = pl.DataFrame({LINE_NUMBER: records["line"], RAW: raws, "count": _cell_counts(raws, delimiter, has_quotes)})
    regular = body.filter(pl.col("count") == len(header))
    cells = _split_regular(regular[RAW], columns, delimiter, has_quotes)
    if cells is None:
        return None
    rows = cells.hstack(regular.select(LINE_NUMBER, RAW, pl.lit(None, pl.String).alias(REJECT)))
    ragged = body.filter(pl.col("count") != len(header))
    if not ragged.is_empty():
        reasons = [_ragged_reason(count, len(header)) for count in ragged["count"]]
        bad = ragged.select(LINE_NUMBER, RAW).with_columns(pl.Series(REJECT, reasons, pl.String))
        rows = pl.concat([rows, bad], how="diagonal").sort(LINE_NUMBER)
    return rows


def _records(text: str, has_quotes: bool) -> pl.DataFrame | None:
    """Records as (line, raw): physical lines, joined where a quoted cell runs on. None if a quote is left open."""
    # The list goes through Python: polars splits one huge string five times more slowly.
    lines = pl.DataFrame({"raw": pl.Series(text.split("\n"), dtype=pl.String)}).with_row_index("line", offset=1)
    lines = lines.with_columns(pl.col("line").cast(pl.Int64))
    if has_quotes:
        quotes = lines["raw"].str.count_matches('"', literal=True).cast(pl.Int64)
        before = quotes.cum_sum() - quotes
        if (before[-1] + quotes[-1]) % 2:
            return None
        starts = before % 2 == 0
        if not starts.all():
            lines = (
                lines.with_columns(record=starts.cast(pl.Int64).cum_sum())
                .group_by("record", maintain_order=True)
                .agg(pl.col("line").first(), pl.col("raw").str.join("\n"))
                .drop("record")
            )
    return lines.with_columns(pl.col("raw").str.strip_suffix("\r"))


def are_well_formed(raws: pl.Series, delimiter: str) -> bool:
    """Whether the quotes of each record are beyond doubt (RFC 4180)."""
    cell = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(delimiter)}]*)'
    pattern = rf"^{cell}(?:{re.escape(delimiter)}{cell})*$"
    return bool(raws.filter(raws.str.contains('"', literal=True)).str.contains(pattern).all())


def _cell_counts(raws: pl.Series, delimiter: str, has_quotes: bool) -> pl.Series:
    bare = raws.str.replace_all(r'"[^"]*"', "") if has_quotes else raws
    return bare.str.count_matches(delimiter, literal=True).cast(pl.Int64) + 1


def _split_regular(raws: pl.Series, columns: list[str], delimiter: str, has_quotes: bool) -> pl.DataFrame | None:
    schema = dict.fromkeys(columns, pl.String)
    if raws.is_empty():
        return pl.DataFrame(schema=schema)
    body = raws.str.join("\n").item() + "\n"
    try:
        cells = pl.read_csv(
            body.encode(),
            has_header=False,
            separator=delimiter,
            quote_char='"' if has_quotes else None,
            infer_schema=False,
            schema=schema,
        )
    except pl.exceptions.PolarsError:
        return None
    if cells.height != raws.len():  # a reader that counts otherwise than we do is not to be trusted with this file
        return None
    return cells.with_columns(pl.when(pl.all() != "").then(pl.all()))


# --- The slow path: any text ----------------------------------------------------------------------------------------


def records(text: str, delimiter: str = ",") -> Iterator[tuple[int, str, list[str] | None]]:
    """(line number, raw text, cells) of each record that is not blank; cells are None where a quote is broken."""
    return (record for record in _scan(text, delimiter) if record[1].strip())


def _read_any(text: str, delimiter: str) -> Table:
    """The table in any text at all, record by record. A broken quote costs its own line, not the rest of the file."""
    header: list[str] | None = None
    columns: list[str] = []
    cells: list[list[str | None]] = []
    about: list[tuple[int, str, str | None]] = []
    for line_number, raw, values in records(text, delimiter):
        if header is None:
            header = [name.strip() for name in (values if values is not None else raw.split(delimiter))]
            columns = unique_columns(header)
            continue
        reason = _reason(raw, values, len(header))
        about.append((line_number, raw.replace("\x00", "\u2400"), reason))
        cells.append([value or None for value in values or []] if reason is None else [None] * len(header))
    rows = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")
    notes = pl.DataFrame(about, schema={LINE_NUMBER: pl.Int64, RAW: pl.String, REJECT: pl.String}, orient="row")
    return Table(header or [], columns, rows.hstack(notes) if columns else notes)


def _scan(text: str, delimiter: str) -> Iterator[tuple[int, str, list[str] | None]]:
    """(line number, raw text, cells) of each record; cells are None where a quote is broken."""
    record, line, _ = _patterns(delimiter)
    position, line_number = 0, 1
    while position < len(text):
        match = record.match(text, position)
        is_broken = match is None
        if match is None:
            match = line.match(text, position)
            assert match is not None  # the pattern of a line matches the empty text too
        raw = match.group(1)
        yield line_number, raw, None if is_broken else split_record(raw, delimiter)
        line_number += 1 if is_broken else 1 + len(re.findall(r"\r\n|\n|\r", raw))
        position = match.end()


@cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A record and a physical line, each with its line break, and a cell. Possessive, so that no text is slow."""
    comma = re.escape(delimiter)
    cell = rf'(?:"[^"]*+(?:""[^"]*+)*+"[ \t]*+|[^"{comma}\r\n][^{comma}\r\n]*+|)'
    end = r"(?:\r\n|\n|\r|\Z)"
    record = re.compile(rf"({cell}(?:{comma}{cell})*+){end}")
    return record, re.compile(rf"([^\r\n]*+){end}"), re.compile(cell)


def split_record(raw: str, delimiter: str) -> list[str]:
    """Cells of one well-formed record."""
    cell = _patterns(delimiter)[2]
    values, position = [], 0
    while True:
        match = cell.match(raw, position)
        assert match is not None  # the pattern matches the empty text too
        value = match.group()
        if value.startswith('"'):
            value = value.rstrip(" \t")[1:-1].replace('""', '"')
        values.append(value)
        position = match.end() + 1
        if position > len(raw):
            return values


def _reason(raw: str, values: list[str] | None, width: int) -> str | None:
    if "\x00" in raw:
        return NUL_REASON
    if values is None:
        return QUOTE_REASON
    return None if len(values) == width else _ragged_reason(len(values), width)


def _ragged_reason(cells: int, width: int) -> str:
    return f"the row has {cells} cells, the header has {width}"
