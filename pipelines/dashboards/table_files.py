"""The table behind a panel as a CSV or XLSX file: exact values, text that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from pipelines.dashboards.pages.view import Cell, Grid, Panel
from pipelines.serving.spreadsheets import GENERAL, WORKBOOK_OPTIONS, CellWriter, spreadsheet_cell

if TYPE_CHECKING:
    from pipelines.dashboards.meta import SiteMeta

Rows = list[list[Any]]  # text as str, numbers as Decimal, empty as None; the first row holds the headings


def as_csv(panel: Panel, meta: SiteMeta) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets need to tell it from other encodings."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [spreadsheet_cell(value) for value in row] for row in _rows(panel)
    )
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(panel: Panel, meta: SiteMeta) -> bytes:
    """A workbook with the table and a sheet that says what it shows and of which release."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {**WORKBOOK_OPTIONS, "in_memory": True}) as book:
        sheet, cells = book.add_worksheet("Table"), CellWriter(book)
        for index, row in enumerate(_rows(panel)):
            for column, value in enumerate(row):
                cells.write(sheet, index, column, value, GENERAL, is_bold=index == 0)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
        about = book.add_worksheet("About")
        for index, (name, value) in enumerate(_about(panel, meta)):
            cells.write(about, index, 0, name, is_bold=True)
            cells.write(about, index, 1, value)
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 100)
    return file.getvalue()


def _about(panel: Panel, meta: SiteMeta) -> list[tuple[str, str]]:
    return [
        ("Title", panel.title),
        ("Shows", panel.subtitle),
        ("Data as of", meta.as_of_on.isoformat()),
        ("Release", meta.release_id),
    ]


def _rows(panel: Panel) -> Rows:
    if panel.grid is not None:
        return _grid_rows(panel.grid)
    assert panel.table is not None
    body = [*panel.table.rows, *([panel.table.total] if panel.table.total else [])]
    return [list(panel.table.headings), *([_value(cell) for cell in row] for row in body)]


def _grid_rows(grid: Grid) -> Rows:
    columns = [column for column in grid.columns if column.kind != "strip"]
    headings = [column.heading for column in columns]
    return [headings, *([_plain(row.get(column.field)) for column in columns] for row in grid.rows)]


def _value(cell: Cell) -> Any:
    raw = cell.text if cell.raw is None else cell.raw
    if not cell.is_number:
        return raw or None
    try:
        return Decimal(raw) if raw else None
    except InvalidOperation:  # words where a number would stand, such as n/a
        return raw


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value or None
    return (
        Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else str(value)
    )
