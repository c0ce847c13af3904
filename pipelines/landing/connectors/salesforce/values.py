"""Salesforce's ways to write a value, turned into template formats; whole columns at a time.

Every function takes and returns a String series, null = empty. What cannot be converted is passed through as it
stands, so that the core quarantines the row and names the value. Nothing here knows an object or a setting.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

VALUE_MAPS = Path(__file__).with_name("value_maps.csv")
# Written by the Data Export Service where a look-up, or a currency, is empty.
NULL_LOOKUPS = ("000000000000000AAA", "000000000000000")
NULL_CURRENCY = "000"

_ID_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SPREADSHEET_DATE = r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:\D|$)"
_JAVA_DOUBLE = r"^-?\d+(?:\.\d+)?E-?\d+$"  # Data Loader writes 60 million as 6.0E7


def cells(column: pl.Series) -> pl.Series:
    """Trimmed cells, the empty ones null."""
    trimmed = column.cast(pl.String).str.strip_chars()
    return trimmed.set(trimmed == "", None)


def ids(column: pl.Series) -> pl.Series:
    """Record ids in their 18-character form; a null look-up is empty, any other text stays.

    The three last characters of the long form tell which of the first fifteen are capitals, five bits a character.
    """
    column = column.set(column.is_in(NULL_LOOKUPS), None)
    is_short = column.str.contains(r"^[A-Za-z0-9]{15}$").fill_null(False)
    if not is_short.any():
        return column
    suffix = pl.concat_str([_id_suffix_character(pl.col("id"), group) for group in range(3)])
    short = column.filter(is_short).to_frame("id").select(pl.col("id") + suffix).to_series()
    return column.scatter(is_short.arg_true(), short)


def _id_suffix_character(column: pl.Expr, group: int) -> pl.Expr:
    bits = [
        column.str.slice(5 * group + place, 1).is_between(pl.lit("A"), pl.lit("Z")).cast(pl.UInt8) * 2**place
        for place in range(5)
    ]
    index = pl.sum_horizontal(bits).cast(pl.UInt32)
    return pl.lit(pl.Series(list(_ID_SUFFIX_ALPHABET))).gather(index)


def flags(column: pl.Series) -> pl.Series:
    """`0`/`1` and true/false in any case as true/false."""
    lowered = column.str.to_lowercase()
    known = lowered.replace_strict({"0": "false", "1": "true", "false": "false", "true": "true"}, default=None)
    return known.fill_null(column) if known.null_count() > column.null_count() else known


def numbers(column: pl.Series) -> pl.Series:
    """Plain decimals; the exponents of the old Data Loader are written out, a spreadsheet's `6E+07` is not."""
    is_exponent = column.str.contains(_JAVA_DOUBLE).fill_null(False)
    if not is_exponent.any():
        return column
    distinct = column.filter(is_exponent).unique().to_list()
    return column.replace({value: format(Decimal(value), "f") for value in distinct})


def money(column: pl.Series) -> pl.Series:
    """Amounts as plain decimals; the export's `000` for no amount is empty."""
    return numbers(column.set(column == NULL_CURRENCY, None))


def currencies(column: pl.Series, default: str) -> pl.Series:
    """ISO 4217 codes in capitals; the default where the organisation has one currency only."""
    return column.set(column == NULL_CURRENCY, None).str.to_uppercase().fill_null(default)


def written_by_a_spreadsheet(column: pl.Series) -> pl.Series:
    """True where a date is in a spreadsheet's local format (`09-06-2026 16:14`), whose day and month are unknowable."""
    return column.str.contains(_SPREADSHEET_DATE).fill_null(False)
