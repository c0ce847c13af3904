"""Days, times and numbers in a user's local format, turned into template formats; whole columns at a time.

Whether the day or the month comes first is not in a file: it is a setting, or it is proved by the file's own values
(a first or second part above 12). Where neither decides, the file is refused with the setting to write; nothing is ever
guessed. What cannot be converted is passed through as it stands, so that the core quarantines the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from pipelines.landing import times
from pipelines.landing.connector import Refused
from pipelines.landing.source_settings import DateOrder, DecimalMark

_LOCAL_DAY = r"^(\d{1,4})[/.-](\d{1,2})[/.-](\d{2,4})"
_TWO_DIGIT_YEARS_FROM_1900 = 70
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?$"
_CURRENCY_SIGNS = r"^([-+(]?)\s*(?:[A-Z]{3}|[$€£¥]|US\$|CA\$|A\$|kr|CHF)?\s*([-+]?)"


def date_order(cells: Iterable[pl.Series], setting: DateOrder | None, source: str) -> DateOrder:
    """The order of day, month and year in a file's date cells.

    The setting, if there is one; else what the values prove. Raises Refused where they prove nothing, or contradict
    the setting or each other, naming the setting to write.
    """
    parts = _parts(pl.concat([column.cast(pl.String).alias("cell") for column in cells]))
    if parts.is_empty():
        return setting or "year_first"
    first, second = parts["first"], parts["second"]
    is_year_first = first >= 100
    proved: set[DateOrder] = set()
    if (is_year_first).any():
        proved.add("year_first")
    if ((first > 12) & ~is_year_first).any():
        proved.add("day_first")
    if ((second > 12) & ~is_year_first).any():
        proved.add("month_first")
    local = proved - {"year_first"}
    example = str(parts.filter(~is_year_first)["cell"].first())
    write = f'Write date_order = "day_first" or "month_first" under [sources.{source}] in tenure.toml.'
    if len(local) > 1:
        raise Refused("Some of its dates have the day first, others the month first.", "Export it again in one format.")
    if setting is not None and local and setting not in local:
        proved_order = next(iter(local))
        raise Refused(f"The setting date_order is {setting}, but its dates are {proved_order}.", write)
    if setting is not None:
        return setting
    if local:
        return next(iter(local))
    if is_year_first.all():
        return "year_first"
    raise Refused(f"Nothing tells whether in '{example}' the day or the month comes first.", write)


def _parts(cells: pl.Series) -> pl.DataFrame:
    found = cells.str.strip_chars().unique().drop_nulls().to_frame("cell")
    groups = pl.col("cell").str.extract_groups(_LOCAL_DAY)
    return found.select(
        "cell",
        groups.struct.field("1").cast(pl.Int64, strict=False).alias("first"),
        groups.struct.field("2").cast(pl.Int64, strict=False).alias("second"),
    ).drop_nulls()


def days(column: pl.Series, order: DateOrder) -> pl.Series:
    """`31/01/2026`, `1.31.26`, `2026-01-31` (a time behind the day is left out) as ISO days."""
    return _distinct(column, lambda cells: _iso_days(cells, order))


def timestamps(column: pl.Series, order: DateOrder, zone: str) -> pl.Series:
    """A local day with a time (`31/01/2026 3:26 PM`, `2026-01-31 15:26`; none = midnight) as ISO 8601 in UTC.

    `zone` is that of times written without one. Times with a zone (ISO) keep their own.
    """
    return _distinct(column, lambda cells: _iso_times(cells, order, zone))


def _distinct(column: pl.Series, convert: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """A conversion of the distinct cells only; what it gives null for stays as it stands."""
    distinct = column.drop_nulls().unique()
    if distinct.is_empty():
        return column
    return column.replace_strict(distinct, convert(distinct).fill_null(distinct), return_dtype=pl.String)


def _iso_days(cells: pl.Series, order: DateOrder) -> pl.Series:
    groups = pl.col("cell").str.extract_groups(_LOCAL_DAY)
    first, second, third = (groups.struct.field(str(i)).cast(pl.Int64, strict=False) for i in (1, 2, 3))
    is_year_first = first >= 100
    day_of = second if order == "month_first" else first
    month_of = first if order == "month_first" else second
    century = pl.when(third < _TWO_DIGIT_YEARS_FROM_1900).then(2000).when(third < 100).then(1900).otherwise(0)
    year = pl.when(is_year_first).then(first).otherwise(third + century)
    month = pl.when(is_year_first).then(second).otherwise(month_of)
    day = pl.when(is_year_first).then(third).otherwise(day_of)
    text = pl.format(
        "{}-{}-{}", year.cast(pl.String), month.cast(pl.String).str.zfill(2), day.cast(pl.String).str.zfill(2)
    )
    frame = cells.str.strip_chars().to_frame("cell")
    return frame.select(text.str.to_date("%Y-%m-%d", strict=False).cast(pl.String)).to_series()


def _iso_times(cells: pl.Series, order: DateOrder, zone: str) -> pl.Series:
    stripped = cells.str.strip_chars()
    has_zone = stripped.str.contains(r"^\d{4}-.*(?:Z|[+-]\d{2}:?\d{2})$").fill_null(False)
    iso = times.timestamps(stripped, zone).set(~has_zone, None)
    clock = pl.col("cell").str.extract_groups(_CLOCK)
    hour, minute, second = (clock.struct.field(str(i)).cast(pl.Int64, strict=False) for i in (1, 2, 3))
    half = clock.struct.field("4").str.to_lowercase()
    of_day = pl.when(half == "pm").then(hour % 12 + 12).when(half == "am").then(hour % 12).otherwise(hour)
    clock_text = pl.format(
        "{}:{}:{}",
        of_day.fill_null(0).cast(pl.String).str.zfill(2),
        minute.fill_null(0).cast(pl.String).str.zfill(2),
        second.fill_null(0).cast(pl.String).str.zfill(2),
    )
    clocks = stripped.to_frame("cell").select(clock_text).to_series()
    written = _iso_days(stripped, order) + " " + clocks
    local = times.timestamps(written, zone).set(written.is_null(), None)
    return iso.fill_null(local)


def numbers(column: pl.Series, decimal_mark: DecimalMark = ".") -> pl.Series:
    """`1,234.50`, `$1,234.50`, `(12.00)`, `-€ 5` as plain decimals; with `,` as mark, `1.234,50` and `1 234,50`.

    Thousands separators must stand where thousands stand: `1,23` with `.` as mark stays as it stands.
    """
    return _distinct(column, lambda cells: _plain_numbers(cells, decimal_mark))


def _plain_numbers(cells: pl.Series, decimal_mark: DecimalMark) -> pl.Series:
    group = r"[,' \x{a0}\x{202f}]" if decimal_mark == "." else r"[.' \x{a0}\x{202f}]"
    mark = r"\." if decimal_mark == "." else ","
    bare = cells.str.strip_chars().str.replace(_CURRENCY_SIGNS, "${1}${2}").str.replace(r"^\((.*)\)$", "-${1}")
    bare = bare.str.replace(r"\s*(?:[$€£¥]|[A-Z]{3})$", "")
    written = rf"^[-+]?(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)?(?:{mark}\d*)?$"
    is_number = (bare.str.contains(written) & bare.str.contains(r"\d")).fill_null(False)
    plain = bare.str.replace_all(group, "").str.replace(mark, ".")
    # `12.34` under a decimal comma must not pass as a number later on.
    looks_plain = bare.str.contains(r"^[-+]?[\d.,]+$").fill_null(False)
    doubtful = (cells + f" (the decimal mark is '{decimal_mark}')").zip_with(looks_plain, cells)
    return plain.zip_with(is_number, doubtful)
