"""The answer to a person's own statement, on standard output or as a file that is written whole or not at all.

Rows go through as they come: an answer of ten million rows needs no more memory than one of ten thousand.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import shutil
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError
from pipelines.exports.files import whole
from pipelines.exports.kinds import Format
from pipelines.serving.query import NUMBERS, Rows, ask, read, refuse_twins
from pipelines.serving.rendering import TEXTS, as_table, row_count
from pipelines.serving.spreadsheets import DAY, GENERAL, LONGEST_TEXT, MONEY, TIME, WORKBOOK_OPTIONS, CellWriter
from pipelines.serving.texts import plain

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from pipelines.serving.release import Release

TABLE_ROWS = 10_000  # of a table for the eye; files and the other formats take all
ENDINGS = {
    ".csv": Format.CSV, ".json": Format.JSON, ".md": Format.MARKDOWN, ".parquet": Format.PARQUET, ".txt": Format.TABLE,
    ".xlsx": Format.XLSX,
}  # fmt: skip
BINARY = frozenset({Format.PARQUET, Format.XLSX})
MOST_ROWS, MOST_COLUMNS = 1_048_575, 16_384  # of a worksheet, without the header
MOST_DIGITS = 15  # of a number that a spreadsheet keeps
FIRST_DAY = dt.date(1900, 3, 1)  # a spreadsheet counts the days before it wrongly, or not at all
WHOLE = "0"  # years and ids are no amounts: no thousands separators
RATES, FRACTIONS, PERCENT = re.compile(r"^(nrr|grr)(_|$)|_rate$"), {"decimal", "double", "float"}, "0.00%"
MEASURED = 500  # rows that a column's width is taken from
WIDEST, NARROWEST = 60, 9  # characters


def format_of(path: Path) -> Format:
    """What a file's ending says of its format. Raises UserError for another ending."""
    form = ENDINGS.get(path.suffix.lower())
    if form is None:
        raise UserError(
            f"'{path.name}' does not say what the file is to be",
            done="nothing was written",
            do=f"let its name end in {', '.join(ENDINGS)}",
        )
    return form


def print_answer(release: Release, text: str, form: Format, limit: int | None, width: int | None) -> None:
    """Writes the answer to standard output; `width` is that of the terminal, None where there is none.

    Raises UserError for SQL that cannot be run, and for a binary format where standard output is a terminal.
    """
    if form is Format.TABLE:
        sys.stdout.write(as_table(ask(release, text, limit or TABLE_ROWS), width))
    elif form in BINARY:
        _pipe_answer(release, text, form, limit)
    else:
        TEXTS[form](read(release, text, limit), sys.stdout)


def write_answer(release: Release, text: str, form: Format, path: Path, limit: int | None = None) -> str:
    """Writes the answer into a file, which replaces one of the same name when it is whole; says how many rows it has.

    Raises UserError for SQL that cannot be run, a place that cannot be written, and what the format cannot hold.
    """
    path = path.expanduser()
    if path.exists() and not path.is_file():
        raise UserError("this is no file that an answer could replace", where=str(path), done="nothing was written")
    if not path.parent.is_dir():
        raise UserError("there is no such folder", where=str(path.parent), done="nothing was written", do="make it")
    try:
        with whole(path) as draft:
            return _write(release, text, form, draft, limit)
    except OSError as error:
        raise UserError(
            f"the file cannot be written: {error.strerror or error}",
            where=str(path),
            done="a file that was there before is as it was",
            do="make room, or make the folder writable, or name another file",
        ) from None


def _pipe_answer(release: Release, text: str, form: Format, limit: int | None) -> None:
    if sys.stdout.isatty():
        raise UserError(
            f"a terminal cannot show {form}",
            done="nothing was run",
            do=f"name a file: --out answer.{form}; or send the output into one: > answer.{form}",
        )
    with tempfile.TemporaryDirectory(prefix="tenure-") as folder:
        draft = Path(folder) / f"answer.{form}"
        _write(release, text, form, draft, limit)
        with draft.open("rb") as written:
            shutil.copyfileobj(written, sys.stdout.buffer)


def _write(release: Release, text: str, form: Format, path: Path, limit: int | None) -> str:
    if form is Format.TABLE:
        answer = ask(release, text, limit or TABLE_ROWS)
        path.write_text(as_table(answer), encoding="utf-8")
        return row_count(len(answer.rows), answer.is_cut)
    rows = read(release, text, limit)
    if form is Format.PARQUET:
        _write_parquet(release, rows, path)
    elif form is Format.XLSX:
        _write_xlsx(release, text, rows, path)
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            TEXTS[form](rows, stream)
    return row_count(rows.count, rows.is_cut)


def _write_parquet(release: Release, rows: Rows, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pipelines.exports.tables import PARQUET_RELEASE

    refuse_twins(rows.columns)
    schema, tables = rows.batches()
    schema = schema.with_metadata({PARQUET_RELEASE: release.manifest.get("release_id", "").encode()})
    try:
        with pq.ParquetWriter(path, schema, compression="zstd", store_decimal_as_integer=True) as writer:
            for table in tables:
                writer.write_table(table)
    except pa.ArrowNotImplementedError as error:
        raise UserError(
            f"a column has a type that Parquet does not know: {error}",
            done="nothing was written",
            do="cast it to text: cast(... as varchar)",
        ) from None


def _write_xlsx(release: Release, text: str, rows: Rows, path: Path) -> None:
    import xlsxwriter

    if len(rows.columns) > MOST_COLUMNS:
        raise _too_much("columns", len(rows.columns), MOST_COLUMNS)
    with xlsxwriter.Workbook(str(path), {**WORKBOOK_OPTIONS, "constant_memory": True}) as book:
        published = dt.datetime.fromisoformat(release.manifest.get("published_at", "2000-01-01T00:00:00Z"))
        # The same answer of the same release is the same bytes, so the time in it is the release's.
        book.set_properties({"author": "Tenure", "created": published.replace(tzinfo=None)})
        cells = CellWriter(book)
        _write_sheet(book.add_worksheet("Answer"), cells, rows)
        about = book.add_worksheet("About")
        for index, (name, value) in enumerate(_about(release, text, rows)):
            cells.write(about, index, 0, name, is_bold=True)
            cells.write(about, index, 1, value, is_wrapped=True)
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 100)


def _write_sheet(sheet: Worksheet, cells: CellWriter, rows: Rows) -> None:
    forms = [_number_format(name, kind) for name, kind in zip(rows.columns, rows.kinds, strict=True)]
    for column, name in enumerate(rows.columns):
        cells.write(sheet, 0, column, name, is_bold=True)
    at = 0
    for block in rows.blocks():
        if rows.count > MOST_ROWS:
            raise _too_much("rows", rows.count, MOST_ROWS)
        if not at:
            _set_widths(sheet, rows.columns, block[:MEASURED])
        for row in block:
            at += 1
            for column, value in enumerate(row):
                cells.write(sheet, at, column, _cell(value, at, rows.columns[column]), forms[column])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(at, 1), max(len(rows.columns) - 1, 0))


def _set_widths(sheet: Worksheet, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    for column, name in enumerate(columns):
        longest = max(len(name), *(len(plain(row[column])) for row in rows if row[column] is not None), 0)
        sheet.set_column(column, column, min(WIDEST, max(NARROWEST, longest + 3)))


def _about(release: Release, text: str, rows: Rows) -> list[tuple[str, Any]]:
    manifest = release.manifest
    return [
        ("Statement", text.strip()[:LONGEST_TEXT]),
        ("Rows", row_count(rows.count, rows.is_cut)),
        ("Release", manifest.get("release_id")),
        ("Data as of", manifest.get("identity", {}).get("as_of_on")),
        ("Reader", release.principal.name),
        ("Numbers", f"Those with more than {MOST_DIGITS} digits are text: a spreadsheet would round them"),
    ]


def _number_format(name: str, kind: Any) -> str | None:
    """For a column of this name and type of DuckDB's; None for what has no number format."""
    if kind.id in FRACTIONS and RATES.search(name):
        return PERCENT
    if kind.id == "decimal":
        return MONEY if dict(kind.children)["scale"] == 2 else GENERAL
    if kind.id in NUMBERS:
        return GENERAL if kind.id in {"float", "double"} else WHOLE
    return {"date": DAY}.get(kind.id, TIME if kind.id.startswith("timestamp") else None)


def _cell(value: Any, row: int, column: str) -> Any:
    """The value where a worksheet keeps it whole; else its text, for nothing may be rounded unseen."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        digits = plain(value).replace(".", "").lstrip("-0").rstrip("0")
        return value if len(digits) <= MOST_DIGITS else plain(value)
    if isinstance(value, dt.datetime):
        return value if value.tzinfo is None and value.date() >= FIRST_DAY else plain(value)
    if isinstance(value, dt.date):
        return value if value >= FIRST_DAY else plain(value)
    text = plain(value)
    if len(text) > LONGEST_TEXT:
        raise UserError(
            f"row {row:,}, column {column}: a text of {len(text):,} characters; a cell takes {LONGEST_TEXT:,}",
            done="nothing was written",
            do="write Parquet, CSV or JSON instead, or shorten it: left(..., 32767)",
        )
    return text


def _too_much(what: str, count: int, most: int) -> UserError:
    return UserError(
        f"the answer has {count:,} {what} or more; a worksheet takes {most:,}",
        done="nothing was written",
        do="write Parquet or CSV instead, or ask for less",
    )
