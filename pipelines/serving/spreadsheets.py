"""Cells of CSV files and worksheets: numbers and dates as they are, text that no spreadsheet runs as a formula.

Every file that a spreadsheet may open gets its cells here: what is written into them, never which.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from pipelines.serving.texts import is_number, plain

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
WORKBOOK_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
DAY, TIME, MONTH, MONEY, COUNT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "mmm yyyy", "#,##0.00", "#,##0"
GENERAL = "General"
LONGEST_TEXT = 32_767  # characters of a cell, those outside of the basic plane counted twice
# XML takes none of these, and a spreadsheet makes one line end of every kind.
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LINE_ENDS = re.compile(r"\r\n?")


def spreadsheet_cell(value: Any) -> Any:
    """The value as a CSV cell: numbers with all their digits, text never the start of a formula, None empty."""
    if value is None:
        return None
    text = plain(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not is_number(value) else text


def written_text(text: str) -> str:
    """The text as a cell of a worksheet can hold it."""
    text = FORBIDDEN.sub("", LINE_ENDS.sub("\n", text))
    if len(text) > LONGEST_TEXT // 2:
        text = text.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
    return text


class CellWriter:
    """Writes values into the worksheets of one book, each as what it is; one format object for cells that look alike.

    Row by row from the top: a book that keeps no row in memory takes them in no other order.
    """

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[str | None, bool, bool, bool], Format] = {}

    def write(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        value: Any,
        form: str | None = None,
        is_bold: bool = False,
        is_wrapped: bool = False,
    ) -> None:
        """One cell, empty for None and ''. `form` is a number format; without one a number is a count, a date a day."""
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, self.format(None, is_bold))
        elif is_number(value):
            sheet.write_number(row, column, float(value), self.format(form or COUNT, is_bold))
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self.format(form or DAY, is_bold))
        else:
            text = written_text(str(value))
            # Text is no formula here; the mark keeps it one when somebody edits the cell.
            is_quoted = text.startswith(FORMULA_STARTS)
            made = self.format(None, is_bold, is_quoted, is_wrapped)
            if text.startswith("<r>") and text.endswith("</r>"):  # which the library would take for XML of its own
                sheet.write_rich_string(row, column, text[0], text[1], text[2:], made)
            else:
                sheet.write_string(row, column, text, made)

    def format(self, form: str | None, is_bold: bool, is_quoted: bool = False, is_wrapped: bool = False) -> Format:
        key = (form, is_bold, is_quoted, is_wrapped)
        if key not in self._formats:
            made = self._book.add_format({"bold": is_bold, "text_wrap": is_wrapped, "valign": "top"})
            if form:
                made.set_num_format(form)
            if is_quoted:
                made.set_quote_prefix()
            self._formats[key] = made
        return self._formats[key]
