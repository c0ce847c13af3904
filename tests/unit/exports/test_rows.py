"""Rows written many at a time are the bytes of rows written cell by cell, and their seal is the seal of the cells."""

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from pipelines.exports import rows
from pipelines.exports.cells import seal_of_frame, seal_of_sheet
from pipelines.serving.spreadsheets import DAY, MONEY, MONTH, WORKBOOK_OPTIONS, CellWriter

OPTIONS = {**WORKBOOK_OPTIONS, "constant_memory": True}
MADE_ON = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NUMBERS = [0.0, -0.0, 0.1 + 0.2, 1e-7, -1e300, 5e-324, 1e15, 1e16, 123456789.125, 2.0**53 + 2, None, 1 / 3]
TEXTS = [
    "plain", "=1+1", "+1", "-1", "@x", "\tx", " before", "after ", "two\nlines", "line\r\nend", "a\x00b\x0bc",
    "<b>&\"'</b>", "<r>rich</r>", "", None, "Zoë 東京 🚀", "_x0041_", "x" * 40_000, "plain",
]  # fmt: skip
DAYS = [
    dt.date(1900, 1, 1),
    dt.date(1900, 2, 28),
    dt.date(1900, 3, 1),
    dt.date(2024, 2, 29),
    None,
    dt.date(9999, 12, 31),
]
WHOLE = [0, -1, 2**53, 2**53 + 1, -(2**62), None]


def frame(height: int = 40) -> pl.DataFrame:
    """Every nasty value beside others, with a row that holds nothing."""

    def repeated(values: Sequence[Any], kind: type[pl.DataType]) -> pl.Series:
        cells = [None if row == 7 else values[row % len(values)] for row in range(height)]
        return pl.Series(cells, dtype=kind)

    return pl.DataFrame(
        {
            "text": repeated(TEXTS, pl.String),
            "money": repeated(NUMBERS, pl.Float64),
            "day": repeated(DAYS, pl.Date),
            "month": repeated(DAYS[::-1], pl.Date),
            "whole": repeated(WHOLE, pl.Int64),
            "small": repeated([1, None, 0], pl.Int8),
            "truth": repeated([True, None, False], pl.Boolean),
            "nothing": repeated([None], pl.String),
            "no_number": repeated([None], pl.Float64),
            "more": repeated(TEXTS[::-1], pl.String),
        }
    )


FORMATS = [None, MONEY, DAY, MONTH, "#,##0", "#,##0", None, None, "0.0%", None]


def parts(path: Path, table: pl.DataFrame, is_by_cell: bool) -> dict[str, bytes]:
    """The files in a workbook of two sheets of the table, each with a header and a last row."""
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties({"created": MADE_ON})
        cells = CellWriter(book)
        for name in ("First", "Second"):
            sheet = book.add_worksheet(name)
            for column, title in enumerate(table.columns):
                cells.write(sheet, 0, column, title, is_bold=True)
            if is_by_cell:
                for index, row in enumerate(table.rows(), start=1):
                    for column, value in enumerate(row):
                        cells.write(sheet, index, column, value, FORMATS[column])
            else:
                rows.write_rows(sheet, cells, table, FORMATS, 1)
            cells.write(sheet, table.height + 1, 0, "Total", is_bold=True)
            sheet.write_formula(table.height + 1, 1, "=SUM(B2:B3)", None, 1.5)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("block", [1, 7, 39, 50_000])
@pytest.mark.parametrize("height", [0, 1, 7, 8, 40])
def test_the_bytes_are_those_of_cells_written_one_by_one(
    block: int, height: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BLOCK", block)
    table = frame(height)
    by_cell, by_rows = (parts(tmp_path / f"{way}.xlsx", table, way) for way in (True, False))
    assert list(by_cell) == list(by_rows)
    assert [name for name in by_cell if by_cell[name] != by_rows[name]] == []
    if height > 8:
        assert b"=1+1" in by_cell["xl/worksheets/sheet1.xml"]


def test_a_table_of_nothing_is_a_header_and_a_last_row(tmp_path: Path) -> None:
    table = frame().clear(20)
    by_cell, by_rows = (parts(tmp_path / f"{way}.xlsx", table, way) for way in (True, False))
    assert by_cell == by_rows


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_no_worksheet_holds_is_refused(value: float, tmp_path: Path) -> None:
    table = frame().with_columns(pl.when(pl.int_range(pl.len()) == 30).then(value).otherwise("money").alias("money"))
    for is_by_cell in (True, False):
        with pytest.raises(TypeError):
            parts(tmp_path / f"{is_by_cell}.xlsx", table, is_by_cell)


@pytest.mark.parametrize("height", [0, 1, 40])
def test_the_seal_of_a_table_is_the_seal_of_its_cells(height: int) -> None:
    table = frame(height)
    money = ["money", "whole"]
    assert seal_of_frame("A", table.columns, table, money) == seal_of_sheet("A", table.columns, table.rows(), money)
