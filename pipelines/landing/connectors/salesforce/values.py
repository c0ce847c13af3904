"""Salesforce's ways to write a value, turned into template formats; whole columns at a time.

Every function takes and returns a String series, null = empty. What cannot be converted is passed through as it
stands, so that the core quarantines the row and names the value. Nothing here knows an object or a setting.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

# Written by the Data Export Service where a look-up, or a currency, is empty.
NULL_LOOKUPS = ("000000000000000AAA", "000000000000000")
NULL_CURRENCY = "000"

_ID_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SPREADSHEET_DATE = r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:\D|$)"
_DATE_ALONE = r"^(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?$"
_JAVA_DOUBLE = r"^-?\d+(?:\.\d+)?E-?\d+$"  # Data Loader writes 60 million as 6.0E7

_ZONED_FORMATS = ("%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S%.f%z")
_ZONELESS_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")
_TIMESTAMP_TEXT = "%Y-%m-%dT%H:%M:%S%.fZ"


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


def timestamps(column: pl.Series, zone: str) -> pl.Series:
    """Points in time as ISO 8601 in UTC. `zone` is that of times written without one."""
    return _or_as_it_stands(_text(_instants(column, zone)), column)


def days(column: pl.Series, zone: str, company_zone: str) -> pl.Series:
    """A date field's days. A field that turns out to hold times gives their days in the company's time zone."""
    plain = column.str.extract(_DATE_ALONE)
    if plain.null_count() == column.null_count():
        return plain
    return plain.fill_null(days_of_timestamps(column, zone, company_zone))


def days_of_timestamps(column: pl.Series, zone: str, company_zone: str) -> pl.Series:
    """The days of points in time, in the company's time zone."""
    local = _instants(column, zone).dt.replace_time_zone("UTC").dt.convert_time_zone(company_zone)
    return _or_as_it_stands(local.dt.date().cast(pl.String), column)


def midnights(days_column: pl.Series, company_zone: str) -> pl.Series:
    """The start of each day in the company's time zone, as ISO 8601 in UTC, so that the day stays the day."""
    naive = days_column.str.to_datetime("%Y-%m-%d", time_unit="us", strict=False)
    starts = naive.dt.replace_time_zone(company_zone, ambiguous="earliest", non_existent="null")
    # A clock change at midnight leaves a day without one: it starts at 1 o'clock then.
    later = naive.dt.offset_by("1h").dt.replace_time_zone(company_zone, ambiguous="earliest", non_existent="null")
    utc = starts.fill_null(later).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return _or_as_it_stands(_text(utc), days_column)


def written_by_a_spreadsheet(column: pl.Series) -> pl.Series:
    """True where a date is in a spreadsheet's local format (`09-06-2026 16:14`), whose day and month are unknowable."""
    return column.str.contains(_SPREADSHEET_DATE).fill_null(False)


def _instants(column: pl.Series, zone: str) -> pl.Series:
    """UTC, without a zone, microseconds; null where the text is no time. Formats are tried while cells remain."""
    found = pl.Series(column.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(column))
    for layout in (*_ZONED_FORMATS, *_ZONELESS_FORMATS):
        if found.null_count() == column.null_count():
            break
        parsed = _parse(column, layout, zone)
        found = found.fill_null(parsed)
    return found


def _parse(column: pl.Series, layout: str, zone: str) -> pl.Series:
    parsed = column.str.to_datetime(layout, time_unit="us", strict=False)
    if layout in _ZONELESS_FORMATS:
        parsed = parsed.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    elif parsed.dtype == pl.Datetime("us"):
        return parsed
    return parsed.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _text(instants: pl.Series) -> pl.Series:
    return instants.dt.strftime(_TIMESTAMP_TEXT)


def _or_as_it_stands(converted: pl.Series, column: pl.Series) -> pl.Series:
    return converted.fill_null(column) if converted.null_count() > column.null_count() else converted
