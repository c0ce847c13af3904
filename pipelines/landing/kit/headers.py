"""The first row of a file, for recognising whose export it is. What a header means is the connectors' business."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.landing.connector import IncomingFile


def first_row(file: IncomingFile) -> list[str]:
    """The trimmed, lower-cased cells of the first filled row of a CSV file or of a workbook.

    Empty where there is none, or where the bytes are neither. Never raises on any bytes.
    """
    if file.suffix == ".csv":
        from pipelines.landing.reading.grids import head_rows

        return next(iter(head_rows(file, 1)), [])
    return _first_sheet_row(file.content) if file.suffix == ".xlsx" else []


def fold_label(label: str) -> str:
    """A label's key: its case, spacing, kind of quote, byte order mark and a leading `*` do not count."""
    plain = label.replace("\ufeff", "").translate(_PLAIN).strip().removeprefix("*")
    return re.sub(r"\s+", " ", plain).strip().casefold()


_PLAIN = {ord(mark): "'" for mark in "‘’´`"} | {ord(mark): '"' for mark in "“”„"} | {0xA0: " ", 0x202F: " "}


def _first_sheet_row(content: bytes) -> list[str]:
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = (workbook.get_sheet_by_name(name) for name in workbook.sheet_names)
        rows = (row for sheet in sheets for row in sheet.to_python(skip_empty_area=False))
        return next(
            ([str(cell).strip().lower() for cell in row] for row in rows if any(str(cell).strip() for cell in row)), []
        )
    except Exception:  # no readable workbook: nobody's
        return []
