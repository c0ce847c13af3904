"""Cells of a worksheet as a seal sees them: what a spreadsheet keeps of a value when it saves it again."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipelines.exports.seal import Seal, exact, seal_of_texts
from pipelines.serving.spreadsheets import written_text

if TYPE_CHECKING:
    import polars as pl

TOTAL = "Total"

Row = Sequence[Any]


def seal_of_sheet(name: str, header: Row, rows: Sequence[Row], money: Collection[str]) -> Seal:
    """The seal of a worksheet's table, without its foot; `money` names the columns to sum."""
    columns = [[cell_text(row[index]) if index < len(row) else None for row in rows] for index in range(len(header))]
    return _seal(name, header, columns, money)


def seal_of_frame(name: str, header: Row, frame: pl.DataFrame, money: Collection[str]) -> Seal:
    """The seal that `seal_of_sheet` makes of the frame's rows. Its columns hold text, days, truth values or numbers."""
    return _seal(name, header, [_column_text(values) for values in frame.iter_columns()], money)


def without_foot(rows: Sequence[Row]) -> tuple[Sequence[Row], Row | None]:
    """The rows of a table that hold anything, and the row of totals that ends it where there is one."""
    filled = [row for row in rows if any(cell_text(value) is not None for value in row)]
    if filled and filled[-1][0] == TOTAL:
        return filled[:-1], filled[-1]
    return filled, None


@lru_cache(maxsize=1 << 16, typed=True)  # most cells of a column hold what others hold too
def cell_text(value: Any) -> str | None:
    """One spelling for a value of each type, numbers to the 15 digits that a spreadsheet keeps; None for empty."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return f"b{str(value).lower()}"
    if isinstance(value, int | float | Decimal):
        return _number_text(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, dt.date | dt.datetime):
        return f"d{value.isoformat()}"
    return f"t{written_text(str(value))}"


def _number_text(value: float | Decimal) -> str:
    return f"n{float(value) + 0.0:.15g}"  # no negative zero


def _column_text(values: pl.Series) -> pl.Series:
    """`cell_text` of a whole column: numbers seldom repeat, all else does and is spelled once a value."""
    import polars as pl

    if values.dtype.is_numeric():
        return pl.Series(
            [None if value is None else _number_text(value) for value in values.to_list()], dtype=pl.String
        )
    known = values.unique()
    return values.replace_strict(known, [cell_text(value) for value in known], return_dtype=pl.String)


def _seal(name: str, header: Row, columns: Sequence[Sequence[str | None] | pl.Series], money: Collection[str]) -> Seal:
    """Of the texts of each column."""
    import polars as pl

    named = dict(zip(_names(header), columns, strict=True))
    totals = {column: exact(_sum(texts)) for column, texts in named.items() if column in money}
    frame = pl.DataFrame(named, schema=dict.fromkeys(named, pl.String))
    return seal_of_texts(name, frame, totals)


def _names(header: Row) -> list[str]:
    """A name for every column, no two alike whatever somebody wrote over them."""
    plain = [(cell_text(value) or "")[1:] for value in header]
    often = Counter(plain)
    return [
        name if name and often[name] == 1 else f"{name} (column {index})" for index, name in enumerate(plain, start=1)
    ]


def _sum(texts: Iterable[str | None]) -> Decimal:
    return sum((Decimal(text[1:]) for text in texts if text is not None and text[0] == "n"), Decimal(0))
