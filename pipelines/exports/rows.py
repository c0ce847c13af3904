"""Rows of a worksheet, many at a time: the same bytes as cell by cell, for a fraction of the processor's time.

A cell of its own costs XlsxWriter ten calls. Here it writes one cell of each kind (each distinct text, day and truth
value of a column, the first number of a column), and the rows are put together of those by columns. It has no way to
take rows as they are, so this uses what is not its interface: tests/unit/exports/test_rows.py compares both ways.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
    from xlsxwriter.worksheet import Worksheet

    from pipelines.serving.spreadsheets import CellWriter

BLOCK = 50_000  # rows


def write_rows(
    sheet: Worksheet, cells: CellWriter, frame: pl.DataFrame, formats: Sequence[str | None], first: int
) -> None:
    """Writes the rows of a frame from the row `first` (from 0) down, as `cells` would: a number format a column.

    `sheet` belongs to a book that keeps no row in memory, and has a header above; its rows and columns have no formats
    of their own. Columns hold text, days, truth values or numbers, which have the 16 digits of a Float64. Raises
    TypeError for numbers that are not finite, as XlsxWriter does.
    """
    sheet._write_single_row(first)  # the header, which still waits for its end
    samples = _samples(sheet, cells, frame, formats, first)
    for start in range(0, frame.height, BLOCK):
        block = frame.slice(start, BLOCK)
        written = [_written(values, samples[column]) for column, values in enumerate(block.iter_columns())]
        _write_block(sheet, written, first + start)
    sheet.previous_row = first + frame.height


def _samples(
    sheet: Worksheet, cells: CellWriter, frame: pl.DataFrame, formats: Sequence[str | None], first: int
) -> list[dict[Any, str]]:
    """For each column the cells that XlsxWriter has to write, by value: what follows the reference in their XML."""
    samples: list[dict[Any, str]] = [{} for _ in frame.columns]
    rows, sheet.fh = sheet.fh, io.StringIO()
    try:
        # In the order of the sheet: formats are numbered as they are first used.
        for _, column, value in sorted(_firsts(frame), key=lambda found: found[:2]):
            cells.write(sheet, first, column, value, formats[column])
            if cell := sheet.table[first].pop(column, None):  # there is none for an empty text
                sheet._write_cell(first, column, cell)
                samples[column][value] = sheet.fh.getvalue().split('"', 2)[2]
                sheet.fh = io.StringIO()
    finally:
        sheet.fh = rows
        sheet.table.clear()
    return samples


def _firsts(frame: pl.DataFrame) -> Iterator[tuple[int, int, Any]]:
    """Row, column and value where each value of a column is first; of numbers the first, and the first not finite."""
    for column, values in enumerate(frame.iter_columns()):
        kinds = values.is_finite() if values.dtype.is_numeric() else values
        for row in kinds.arg_unique():
            if (value := values[row]) is not None:
                yield row, column, value


def _written(values: pl.Series, samples: dict[Any, str]) -> pl.Series:
    """What follows the reference in the XML of each cell, null where there is no cell."""
    import polars as pl

    if not samples:
        return pl.repeat(None, len(values), dtype=pl.String, eager=True)
    if values.dtype.is_numeric():
        (sample,) = samples.values()
        before, _, rest = sample.partition("<v>")
        head, tail = f"{before}<v>", rest[rest.index("</v>") :]
        texts = [None if value is None else f"{head}{value:.16G}{tail}" for value in values.to_list()]
        return pl.Series(texts, dtype=pl.String)
    known = pl.Series(list(samples), dtype=values.dtype)
    return values.replace_strict(known, list(samples.values()), default=None, return_dtype=pl.String)


def _write_block(sheet: Worksheet, written: Sequence[pl.Series], at: int) -> None:
    """Rows of cells into the file of the sheet's rows, the first of them at row `at`; those without cells are none."""
    import polars as pl
    from xlsxwriter.utility import xl_col_to_name

    block = pl.DataFrame([values.alias(str(column)) for column, values in enumerate(written)])
    number = pl.int_range(at + 1, at + 1 + block.height).cast(pl.String).alias("number")
    row = pl.col("number")
    cells = [
        pl.concat_str(pl.lit(f'<c r="{xl_col_to_name(int(name))}'), row, pl.lit('"'), pl.col(name)).fill_null("")
        for name in block.columns
    ]
    filled = block.with_columns(number).filter(pl.any_horizontal(pl.col(block.columns).is_not_null()))
    if filled.height:
        texts = filled.select(pl.concat_str(pl.lit('<row r="'), row, pl.lit('">'), *cells, pl.lit("</row>")))
        sheet.fh.write(texts.to_series().str.join("").item())
        sheet.dim_rowmax = int(filled["number"][-1]) - 1
