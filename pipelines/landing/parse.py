"""Text to typed columns, by the rules of the template types.

Every function is an expression over one String column that is already trimmed with empty cells null; what does not
parse becomes null. A non-empty cell that became null is a failure: `conform.py` quarantines its row. Ranges and allowed
values belong to the contracts in `entities/`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import polars as pl

_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)$"
_INTEGER = r"^[+-]?\d+(?:\.0+)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?"
_OFFSET = r"(?:[Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
_TIMESTAMP = rf"^\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{_CLOCK}{_OFFSET}?)?$"
# An id a spreadsheet turned into a number: its digits are lost, so the row must not pass as another's.
SPOILED_ID = r"^\d(?:[.,]\d+)?[Ee]\+\d+$"

# Currencies that left ISO 4217 but stand in histories of rates and old invoices.
_WITHDRAWN = "ATS BEF BGN CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MTL NLG PTE ROL RUB SIT SKK TRL"
WITHDRAWN_CURRENCIES = frozenset(_WITHDRAWN.split())


def parse(column: str, kind: str) -> pl.Expr:
    """The column as its lake type. `kind`: text, date, ts, money, num, int, bool or cur."""
    return _PARSERS[kind](pl.col(column)).alias(column)


def describe(kind: str) -> str:
    """What a cell of this kind looks like, for messages."""
    return _WANTED[kind]


def _text(cell: pl.Expr) -> pl.Expr:
    return cell


def _unescaped(cell: pl.Expr) -> pl.Expr:
    """Some tools put an apostrophe before a sign so that a spreadsheet does not take the cell for a formula."""
    return cell.str.strip_prefix("'")


def _decimal(cell: pl.Expr, precision: int, scale: int) -> pl.Expr:
    dtype = pl.Decimal(precision, scale)
    return cell.map_batches(partial(_decimals, dtype=dtype), return_dtype=dtype)


def _decimals(cells: pl.Series, dtype: pl.Decimal) -> pl.Series:
    """Cells that fit as they are written, mostly all, are cast at once; of the others each is read with care."""
    plain = rf"^-?\d{{1,{dtype.precision - dtype.scale}}}(?:\.\d{{1,{dtype.scale}}})?$"
    others = (~cells.str.contains(plain)).fill_null(False).arg_true()
    numbers = cells.cast(dtype, strict=False)
    return numbers.scatter(others, _rounded(cells.gather(others), dtype)) if len(others) else numbers


def _rounded(cells: pl.Series, dtype: pl.Decimal) -> pl.Series:
    number = _unescaped(pl.col("cell"))
    # Eighteen decimals first, so that rounding sees the cell as written; what does not fit becomes null.
    exact = pl.when(number.str.contains(_NUMBER)).then(number).cast(pl.Decimal(38, 18), strict=False)
    rounded = exact.round(dtype.scale, mode="half_away_from_zero").cast(dtype, strict=False)
    return cells.to_frame("cell").select(rounded).to_series()


def _money(cell: pl.Expr) -> pl.Expr:
    return _decimal(cell, 18, 2)


def _num(cell: pl.Expr) -> pl.Expr:
    return _decimal(cell, 28, 10)


def _int(cell: pl.Expr) -> pl.Expr:
    number = _unescaped(cell)
    digits = number.str.strip_prefix("+").str.replace(r"\.0+$", "")
    return pl.when(number.str.contains(_INTEGER)).then(digits).cast(pl.Int64, strict=False)


def _date(cell: pl.Expr) -> pl.Expr:
    return pl.when(cell.str.contains(_DATE)).then(cell).str.to_date("%Y-%m-%d", strict=False)


def _ts(cell: pl.Expr) -> pl.Expr:
    """ISO 8601; a date alone is its midnight; without an offset the moment is UTC. More than 6 decimals are cut."""
    text = pl.when(cell.str.contains(_TIMESTAMP)).then(cell)
    day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    clock, offset = text.str.slice(11), text.str.slice(10).str.extract(r"([+-]\d{2}:?\d{0,2})$")
    hours = offset.str.slice(1, 2).cast(pl.Int64)
    minutes = offset.str.slice(3).str.strip_prefix(":").replace("", "0").cast(pl.Int64)
    sign = pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
    fraction = clock.str.extract(r"[.,](\d+)").fill_null("").str.slice(0, 6).str.pad_end(6, "0").cast(pl.Int64)
    seconds = clock.str.extract(r"^\d{2}:\d{2}:(\d{2})").fill_null("0").cast(pl.Int64)
    of_day = _two_digits(clock, 0) * 3600 + _two_digits(clock, 3) * 60 + seconds
    shift = (sign * (hours * 3600 + minutes * 60)).fill_null(0)
    return day + pl.duration(seconds=of_day - shift, microseconds=fraction)


def _two_digits(clock: pl.Expr, at: int) -> pl.Expr:
    return clock.str.slice(at, 2).cast(pl.Int64, strict=False).fill_null(0)


def _bool(cell: pl.Expr) -> pl.Expr:
    lowered = cell.str.to_lowercase()
    return pl.when(lowered == "true").then(True).when(lowered == "false").then(False)


def _cur(cell: pl.Expr) -> pl.Expr:
    return pl.when(cell.is_in(known_currencies())).then(cell)


@cache
def known_currencies() -> list[str]:
    """Codes of ISO 4217, and the withdrawn ones that old files hold."""
    import pycountry

    return sorted({currency.alpha_3 for currency in pycountry.currencies} | WITHDRAWN_CURRENCIES)


_PARSERS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "text": _text,
    "cur": _cur,
    "date": _date,
    "ts": _ts,
    "money": _money,
    "num": _num,
    "int": _int,
    "bool": _bool,
}
_WANTED = {
    "text": "text",
    "cur": "a currency code such as USD",
    "date": "a date such as 2025-01-31",
    "ts": "a time such as 2025-01-31T09:30:00Z",
    "money": "an amount such as 1000.00",
    "num": "a number such as 12.5",
    "int": "a whole number",
    "bool": "true or false",
}
