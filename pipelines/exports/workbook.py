"""A workbook of typed sheets: cover, tables with sums at the foot, and the seals of all of them on a hidden sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError
from pipelines.exports.cells import TOTAL, Row, seal_of_sheet, without_foot, written_text
from pipelines.exports.files import whole
from pipelines.exports.seal import MONEY_SCALE, Seal, content_hash
from pipelines.exports.sheets import MOST_ROWS, Sheet, rows_of
from pipelines.serving.query import FORMULA_STARTS

if TYPE_CHECKING:
    import polars as pl
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from pipelines.dashboards.meta import SiteMeta
    from pipelines.serving.release import Release

COVER, SEALS = "Cover", "tenure_seals"
CONTENT_PROPERTY, RELEASE_PROPERTY = "tenure_content_sha256", "tenure_release"
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
MOST_WIDTH, LEAST_WIDTH = 42, 9  # characters
MEASURED = 500  # rows that a column's width is taken from
COVER_WIDTHS = (34, 80, 22, 14)
DAY, MONTH, MONEY, COUNT, RATE, POINTS = "yyyy-mm-dd", "mmm yyyy", "#,##0.00", "#,##0", "0.0%", "0.00"


@dataclass(frozen=True)
class Table:
    """A sheet with its rows; `formats` are number formats by column, `width` in characters."""

    sheet: Sheet
    header: list[Any]
    rows: list[tuple[Any, ...]]
    formats: list[str | None]
    seal: Seal


def write_workbook(release: Release, title: str, sheets: Sequence[Sheet], path: Path, meta: SiteMeta) -> list[Seal]:
    """Writes the sheets' tables with a cover before and their seals behind. Same rows, same bytes.

    Raises UserError where a table has more rows than a worksheet.
    """
    import xlsxwriter

    tables = [_table(sheet, rows_of(release, sheet)) for sheet in sheets]
    cover = cover_rows(title, release.principal.name, tables, meta)
    seals = [seal_of_sheet(COVER, cover_header(cover), without_foot(cover)[0], ()), *(table.seal for table in tables)]
    with whole(path) as draft, xlsxwriter.Workbook(str(draft), OPTIONS) as book:
        _write_properties(book, title, seals, meta)
        writer = _Writer(book)
        writer.cover(cover)
        for table in tables:
            writer.table(table)
        writer.seals(seals)
    return seals


def cover_rows(title: str, reader: str, tables: Sequence[Table], meta: SiteMeta) -> list[tuple[Any, ...]]:
    """What the cover says, four cells a row: of which release, what the words mean, what the sheets add up to."""
    from pipelines.dashboards.pages.overview import DEFINITIONS

    published = meta.published_at.replace(tzinfo=None).isoformat(" ", "seconds") + " UTC" if meta.published_at else None
    head = [
        (title, None),
        ("For", reader),
        ("Data as of", meta.as_of_on),
        ("Release", meta.release_id),
        ("Published", published),
        ("Currency", meta.reporting_currency),
        ("Constant currency: rates of", meta.fx_baseline_on),
        ("Check this file", "tenure verify FILE"),
        ("The company is simulated", "These are demo data") if meta.is_demo else (None, None),
        (None, None),
        ("Definitions", None),
        *DEFINITIONS,
        (None, None),
    ]
    sheets = [(table.sheet.name, table.sheet.about, None, len(table.rows)) for table in tables]
    sums = [
        (table.sheet.name, f"{name:%Y-%m}" if isinstance(name, dt.date) else name, Decimal(table.seal.totals[column]))
        for table in tables
        for name, column in zip(table.header, table.seal.columns, strict=True)
        if column in table.sheet.footed
    ]
    lists = [("Sheets", "What they hold", None, "Rows"), *sheets, (None, None), ("Control totals", "Sum of", "Total")]
    rows = [*head, *lists, *sums]
    return [(*row, *[None] * (len(COVER_WIDTHS) - len(row))) for row in rows]


def cover_header(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Names of the columns of the cover, which has none of its own."""
    return [chr(ord("A") + index) for index in range(max((len(row) for row in rows), default=0))]


def _table(sheet: Sheet, frame: pl.DataFrame) -> Table:
    if frame.height > MOST_ROWS:
        raise UserError(
            f"{frame.height:,} rows are too many for the worksheet '{sheet.name}', which takes {MOST_ROWS:,}",
            done="the workbook was not written",
            do="use the Parquet files: tenure export --only parquet",
        )
    rows = frame.rows()
    header = [_day(name) or name for name in frame.columns]
    formats = [_number_format(name, kind) for name, kind in frame.schema.items()]
    money = [name for name, form in zip(frame.columns, formats, strict=True) if form == MONEY]
    return Table(sheet, header, rows, formats, seal_of_sheet(sheet.name, header, rows, money))


def _number_format(name: str, kind: pl.DataType) -> str | None:
    import polars as pl

    if isinstance(kind, pl.Decimal):
        return MONEY if kind.scale == MONEY_SCALE else POINTS if name.endswith("_pp") else RATE
    if kind.is_integer():
        return COUNT
    if kind == pl.Date:
        return MONTH if name == "month" or name.endswith("_month") else DAY
    return None


def _write_properties(book: Workbook, title: str, seals: list[Seal], meta: SiteMeta) -> None:
    made_at = meta.published_at or dt.datetime.combine(meta.as_of_on, dt.time())
    # A program that saves the file again writes the time it did so; until then the two times are one.
    book.set_properties({"title": title, "author": "Tenure", "created": made_at.replace(tzinfo=None)})
    book.set_custom_property(RELEASE_PROPERTY, meta.release_id)
    book.set_custom_property(CONTENT_PROPERTY, content_hash(seals))
    book.set_custom_property("tenure_rows", sum(seal.rows for seal in seals[1:]))


class _Writer:
    """Writes sheets into a book that keeps no row in memory: from top to bottom, each row once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[str | None, bool, bool, bool], Format] = {}

    def cover(self, rows: Sequence[Row]) -> None:
        sheet = self._book.add_worksheet(COVER)
        for index, width in enumerate(COVER_WIDTHS):
            sheet.set_column(index, index, width)
        for index, row in enumerate(rows):
            for column, value in enumerate(row):
                form = MONEY if isinstance(value, Decimal) else None
                self._cell(sheet, index, column, value, form, is_bold=column == 0, is_wrapped=True)
        sheet.hide_gridlines(2)

    def table(self, table: Table) -> None:
        sheet = self._book.add_worksheet(table.sheet.name)
        last = len(table.header) - 1
        for column, width in enumerate(_widths(table)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(table.rows), 1), last)
        for column, name in enumerate(table.header):
            self._cell(sheet, 0, column, name, MONTH, is_bold=True)
        for index, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row):
                self._cell(sheet, index, column, value, table.formats[column])
        if table.sheet.footed and table.rows:
            self._foot(sheet, table)

    def seals(self, seals: Sequence[Seal]) -> None:
        sheet = self._book.add_worksheet(SEALS)
        for index, seal in enumerate(seals):
            for column, value in enumerate((seal.table, seal.rows, seal.sha256, seal.as_json())):
                self._cell(sheet, index, column, value)
        sheet.very_hidden()

    def _foot(self, sheet: Worksheet, table: Table) -> None:
        from xlsxwriter.utility import xl_col_to_name

        at = len(table.rows) + 1
        names = list(table.seal.columns)
        self._cell(sheet, at, 0, TOTAL, is_bold=True)
        for column, name in enumerate(names):
            if name in table.sheet.footed:
                letter = xl_col_to_name(column)
                total = float(table.seal.totals[name])
                sheet.write_formula(at, column, f"=SUM({letter}2:{letter}{at})", self._format(MONEY, True), total)

    def _cell(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        value: Any,
        form: str | None = None,
        is_bold: bool = False,
        is_wrapped: bool = False,
    ) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._format(None, is_bold))
        elif isinstance(value, int | float | Decimal):
            sheet.write_number(row, column, float(value), self._format(form or COUNT, is_bold))
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self._format(form or DAY, is_bold))
        else:
            text = written_text(str(value))
            # Text is no formula here; the mark keeps it one when somebody edits the cell.
            is_quoted = text.startswith(FORMULA_STARTS)
            sheet.write_string(row, column, text, self._format(None, is_bold, is_quoted, is_wrapped))

    def _format(self, form: str | None, is_bold: bool, is_quoted: bool = False, is_wrapped: bool = False) -> Format:
        key = (form, is_bold, is_quoted, is_wrapped)
        if key not in self._formats:
            made = self._book.add_format({"bold": is_bold, "text_wrap": is_wrapped, "valign": "top"})
            if form:
                made.set_num_format(form)
            if is_quoted:
                made.set_quote_prefix()
            self._formats[key] = made
        return self._formats[key]


def _widths(table: Table) -> list[float]:
    measured = table.rows[:MEASURED]
    return [
        min(MOST_WIDTH, max(LEAST_WIDTH, len(str(name)) + 3, *(len(str(row[column])) + 3 for row in measured)))
        if measured
        else max(LEAST_WIDTH, len(str(name)) + 3)
        for column, name in enumerate(table.header)
    ]


def _day(name: str) -> dt.date | None:
    """The month that a column is of, where its name is one."""
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        return None
