"""XLSX and Parquet to the same text tables that CSV gives.

Their cells have types; each becomes text in the template formats (ISO dates, point decimals, true/false), so that one
set of parsing rules holds for all files. CSV is in `dialects.py`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Refused
from pipelines.landing.reading.dialects import Table, unique_columns

# Spreadsheets keep 15 digits: a larger number has lost some. As `1.2E+17` it passes neither as an id nor as an amount.
_EXACT_BELOW = 1e15
_SPOILED = "the file cannot be read as {}: {}."


def cell_text(value: Any) -> str:
    """One typed cell as template text; '' for none. A whole float is an integer: spreadsheets know no other numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        moment = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        return moment.isoformat() + ("Z" if value.tzinfo else "")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _float_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if abs(value) >= _EXACT_BELOW:
        return f"{value:.14E}"
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def read_xlsx(content: bytes) -> dict[str, Table]:
    """Tables by sheet name; the first row with a value is the header; blank rows are layout.

    A row's number is its row in the sheet. Raises Refused where the file is no readable workbook.
    """
    return {name: _sheet_table(rows) for name, rows in _sheets(content).items()}


def sheet_rows(content: bytes) -> dict[str, list[tuple[int, str, list[str]]]]:
    """(row number, as a line of CSV, cells as text) of the rows of each sheet that hold something.

    Raises Refused where the file is no readable workbook.
    """
    rows = {}
    for name, sheet in _sheets(content).items():
        texts = [(number, [cell_text(value) for value in row]) for number, row in enumerate(sheet, start=1)]
        rows[name] = [(number, _csv_line(row), row) for number, row in texts if any(cell.strip() for cell in row)]
    return rows


def _sheets(content: bytes) -> dict[str, list[list[Any]]]:
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names
        }
    except Exception as error:  # the reader raises many kinds, one for each way a workbook can be broken
        raise Refused(_SPOILED.format("XLSX", error), "Save it again as .xlsx, or as CSV UTF-8.") from error


def _sheet_table(sheet: list[list[Any]]) -> Table:
    texts = [(number, [cell_text(value) for value in row]) for number, row in enumerate(sheet, start=1)]
    filled = [(number, row) for number, row in texts if any(cell.strip() for cell in row)]
    if not filled:
        return _table([], [], [])
    header = [name.strip() for name in filled[0][1]]
    # Formatted but empty columns at the right edge are no columns.
    width = max(position for position, name in enumerate(header, start=1) if name)
    cells = [row[:width] for _, row in filled[1:]]
    overhang = [_overhang(row[width:], width) for _, row in filled[1:]]
    table = _table(header[:width], cells, [number for number, _ in filled[1:]])
    return Table(table.header, table.columns, table.rows.with_columns(pl.Series(REJECT, overhang, pl.String)))


def _overhang(rest: list[str], width: int) -> str | None:
    return f"the row has values to the right of its {width} headed columns" if any(c.strip() for c in rest) else None


def read_parquet(content: bytes) -> Table:
    """The table of a Parquet file; row n counts as line n + 1, as if a header stood above it.

    Raises Refused where the file is no readable Parquet or holds nested columns.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except Exception as error:  # a damaged file may fail anywhere in the reader, in ways polars does not enumerate
        raise Refused(_SPOILED.format("Parquet", error), "Write it again, or save it as CSV UTF-8.") from error
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype in (pl.Binary, pl.Object)]
    if nested:
        raise Refused(f"the columns {', '.join(nested)} hold lists, records or bytes.", "Write them as plain columns.")
    header = [name.strip() for name in frame.columns]
    columns = unique_columns(header)
    texts = [_column_text(frame[name]).alias(column) for name, column in zip(frame.columns, columns, strict=True)]
    cells = pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String))
    about = pl.DataFrame({LINE_NUMBER: pl.int_range(2, frame.height + 2, eager=True)}).with_columns(
        cells.select(_csv_lines(columns).alias(RAW)).to_series(), pl.lit(None, pl.String).alias(REJECT)
    )
    return Table(header, columns, cells.hstack(about) if columns else about)


def _column_text(values: pl.Series) -> pl.Series:
    """`cell_text` of a whole column; whole columns of one type need not go cell by cell."""
    if values.dtype.is_float() or values.dtype.is_decimal() or values.dtype.is_temporal():
        texts = [cell_text(value) or None for value in values.unique()]
        return values.replace_strict(values.unique(), texts, return_dtype=pl.String)
    cells = values.cast(pl.String).to_frame("cell")
    return cells.select(pl.when(pl.col("cell") != "").then(pl.col("cell"))).to_series()


def _csv_lines(columns: list[str]) -> pl.Expr:
    """The row as a line of CSV."""
    if not columns:
        return pl.lit(None, pl.String)
    return pl.concat_str(
        [
            pl.when(pl.col(name).str.contains(r'[",\r\n]'))
            .then(pl.concat_str(pl.lit('"'), pl.col(name).str.replace_all('"', '""', literal=True), pl.lit('"')))
            .otherwise(pl.col(name).fill_null(""))
            for name in columns
        ],
        separator=",",
    )


def _table(header: list[str], cells: list[list[str]], line_numbers: list[int]) -> Table:
    columns = unique_columns(header)
    values = [[cell or None for cell in row] for row in cells]
    rows = pl.DataFrame(values, schema=dict.fromkeys(columns, pl.String), orient="row")
    about = pl.DataFrame(
        {LINE_NUMBER: line_numbers, RAW: [_csv_line(row) for row in cells], REJECT: [None] * len(cells)},
        schema={LINE_NUMBER: pl.Int64, RAW: pl.String, REJECT: pl.String},
    )
    return Table(header, columns, rows.hstack(about) if columns else about)


def _csv_line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def empty_table() -> Table:
    """The table of a workbook without a filled sheet."""
    return _table([], [], [])


def with_dates_of_midnights(rows: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """In date columns, cells that came as a moment at midnight become its day: workbooks know no dates of their own."""
    # A table of plain days, the usual case, is left as it is: replacing a column copies all of them.
    columns = [name for name in columns if (rows[name].str.len_bytes() > len("2025-01-31")).any()]
    if not columns:
        return rows
    return rows.with_columns(pl.col(columns).str.replace(r"^(\d{4}-\d{2}-\d{2})T00:00:00$", "${1}"))
