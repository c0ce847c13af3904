"""A workbook of typed sheets: cover, tables with sums at the foot, and the seals of all of them on a hidden sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipelines.exports.cells import TOTAL, Row, cell_text, seal_of_frame, seal_of_sheet, without_foot
from pipelines.exports.files import whole
from pipelines.exports.rows import write_rows
from pipelines.exports.seal import MONEY_SCALE, Seal, content_hash
from pipelines.exports.sheets import HEADINGS, Sheet, rows_of
from pipelines.serving.principal import LEADERSHIP
from pipelines.serving.spreadsheets import COUNT, DAY, MONEY, MONTH, WORKBOOK_OPTIONS, CellWriter, written_text

if TYPE_CHECKING:
    import polars as pl
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from pipelines.dashboards.meta import SiteMeta
    from pipelines.serving.release import Release

COVER, SEALS = "Cover", "tenure_seals"
CONTENT_PROPERTY, RELEASE_PROPERTY = "tenure_content_sha256", "tenure_release"
OPTIONS = {**WORKBOOK_OPTIONS, "constant_memory": True}
MOST_WIDTH, LEAST_WIDTH = 42, 9  # characters
COVER_WIDTHS = (34, 80, 24, 14)
SECTIONS = ("Definitions", "Sheets", "Control totals")
A4 = 9
LONGEST_FOOTER = 80  # characters of a title; a footer holds 255, and each & counts twice
RATE, POINTS = "0.0%", "0.00"


@dataclass(frozen=True)
class Table:
    """A sheet with its rows: `columns` of the query, what stands over them, number formats, widths in characters."""

    sheet: Sheet
    columns: list[str]
    header: list[Any]
    rows: pl.DataFrame
    formats: list[str | None]
    widths: list[int]
    seal: Seal


def write_workbook(release: Release, title: str, sheets: Sequence[Sheet], path: Path, meta: SiteMeta) -> list[Seal]:
    """Writes the sheets' tables with a cover before and their seals behind. Same rows, same bytes.

    Raises SheetTooLong where a table has more rows than a worksheet.
    """
    import xlsxwriter

    title = written_text(title)
    tables = [_table(sheet, rows_of(release, sheet)) for sheet in sheets]
    cover = cover_rows(title, release.principal.name, tables, meta)
    seals = [seal_of_sheet(COVER, cover_header(cover), without_foot(cover)[0], ()), *(table.seal for table in tables)]
    with whole(path) as draft, xlsxwriter.Workbook(str(draft), OPTIONS) as book:
        _write_properties(book, title, seals, meta)
        writer = _Writer(book, f"{title[:LONGEST_FOOTER]}, release {meta.release_id}")
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
        ("For", "Those who may see every client" if reader == LEADERSHIP.name else reader),
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
    sheets = [(table.sheet.name, table.sheet.about, f"marts.{table.sheet.mart}", table.rows.height) for table in tables]
    sums = [
        (table.sheet.name, f"{name:%Y-%m}" if isinstance(name, dt.date) else name, Decimal(table.seal.totals[sealed]))
        for table in tables
        for name, column, sealed in zip(table.header, table.columns, table.seal.columns, strict=True)
        if column in table.sheet.footed
    ]
    lists = [("Sheets", "What they hold", "From", "Rows"), *sheets, (None, None), ("Control totals", "Sum of", "Total")]
    rows = [*head, *lists, *sums]
    return [(*row, *[None] * (len(COVER_WIDTHS) - len(row))) for row in rows]


def cover_header(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Names of the columns of the cover, which has none of its own."""
    return [chr(ord("A") + index) for index in range(max((len(row) for row in rows), default=0))]


def _table(sheet: Sheet, frame: pl.DataFrame) -> Table:
    import polars as pl

    header = [_day(name) or HEADINGS[name] for name in frame.columns]
    formats = [_number_format(name, kind) for name, kind in frame.schema.items()]
    money = [(cell_text(name) or "")[1:] for name, form in zip(header, formats, strict=True) if form == MONEY]
    rows = frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))  # a spreadsheet knows no other numbers
    widths = [
        _width(name, values, values.name in sheet.footed)
        for name, values in zip(header, frame.iter_columns(), strict=True)
    ]
    seal = seal_of_frame(sheet.name, header, rows, money)
    return Table(sheet, frame.columns, header, rows, formats, widths, seal)


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

    def __init__(self, book: Workbook, footer: str) -> None:
        self._book = book
        self._footer = footer.replace("&", "&&")
        self._cells = CellWriter(book)

    def cover(self, rows: Sequence[Row]) -> None:
        sheet = self._add(COVER)
        for index, width in enumerate(COVER_WIDTHS):
            sheet.set_column(index, index, width)
        title = self._book.add_format({"bold": True, "font_size": 16})
        day = self._book.add_format({"num_format": DAY, "align": "left", "valign": "top"})  # below and above texts
        for index, row in enumerate(rows):
            for column, value in enumerate(row):
                if index == 0 and value is not None:
                    sheet.write_string(index, column, written_text(value), title)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(index, column, value, day)
                else:
                    form = MONEY if isinstance(value, Decimal) else None
                    is_bold = column == 0 or row[0] in SECTIONS
                    self._cells.write(sheet, index, column, value, form, is_bold, is_wrapped=column == 1)
        sheet.hide_gridlines(2)

    def table(self, table: Table) -> None:
        sheet = self._add(table.sheet.name)
        last = len(table.header) - 1
        for column, width in enumerate(table.widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, table.sheet.fixed)
        sheet.autofilter(0, 0, max(table.rows.height, 1), last)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        for column, name in enumerate(table.header):
            self._cells.write(sheet, 0, column, name, MONTH, is_bold=True, is_wrapped=True)
        write_rows(sheet, self._cells, table.rows, table.formats, 1)
        if table.sheet.footed and table.rows.height:
            self._foot(sheet, table)

    def seals(self, seals: Sequence[Seal]) -> None:
        sheet = self._book.add_worksheet(SEALS)
        for index, seal in enumerate(seals):
            for column, value in enumerate((seal.table, seal.rows, seal.sha256, seal.as_json())):
                self._cells.write(sheet, index, column, value)
        sheet.very_hidden()

    def _add(self, name: str) -> Worksheet:
        """A sheet that also prints well: on A4, as wide as the page, with its name and the release below."""
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self._footer}&R&A, page &P of &N")
        return sheet

    def _foot(self, sheet: Worksheet, table: Table) -> None:
        from xlsxwriter.utility import xl_col_to_name

        at = table.rows.height + 1
        self._cells.write(sheet, at, 0, TOTAL, is_bold=True)
        for column, (name, sealed) in enumerate(zip(table.columns, table.seal.columns, strict=True)):
            if name in table.sheet.footed:
                letter = xl_col_to_name(column)
                total = float(table.seal.totals[sealed])
                form = self._cells.format(MONEY, is_bold=True)
                sheet.write_formula(at, column, f"=SUM({letter}2:{letter}{at})", form, total)


def _width(name: Any, values: pl.Series, is_footed: bool) -> int:
    """Characters of a column: its longest text or number, the sum at its foot too; a heading may take two lines."""
    import polars as pl

    words = str(name).split() if isinstance(name, str) else []
    shown = [len(str(name)) // 2 + 1, *(len(word) + 1 for word in words)]
    if values.dtype == pl.String:
        shown.append(cast(int, values.str.len_chars().max() or 0))
    elif values.dtype.is_numeric():
        ends: list[Any] = [values.min(), values.max(), values.sum() if is_footed else None]
        shown += [len(f"{value:,.2f}") for value in ends if value is not None]
    return min(MOST_WIDTH, max(LEAST_WIDTH, *shown)) + 2  # room for the filter's arrow and the cell's edges


def _day(name: str) -> dt.date | None:
    """The month that a column is of, where its name is one."""
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        return None
