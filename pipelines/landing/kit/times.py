"""Points in time and days, as exports write them, turned into template formats; whole columns at a time.

Every function takes and returns a String series, null = empty. What is no time is passed through as it stands, so that
the core quarantines the row and names the value. Day-and-month order of local formats is `local_formats.py`'s business.
"""

from __future__ import annotations

import polars as pl

_DATE_ALONE = r"^(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?$"

_ZONED_FORMATS = ("%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S%.f%z")
_ZONELESS_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")
_TIMESTAMP_TEXT = "%Y-%m-%dT%H:%M:%S%.fZ"


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
