"""Days, times and numbers in a user's local format, turned into template formats; whole columns at a time.

Whether the day or the month comes first is not in a file: it is a setting, or it is proved by the file's own values
(a first or second part above 12); so it is with the decimal mark. Where neither decides, the file is refused with the
setting to write; nothing is ever guessed. What cannot be converted is passed through as it stands, so that the core
quarantines the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from pipelines.landing import assumptions
from pipelines.landing.connector import Refused
from pipelines.landing.kit import times
from pipelines.landing.kit.source_settings import DateOrder, DecimalMark

_LOCAL_DAY = r"^(\d{1,4})[/.-](\d{1,2})[/.-](\d{2,4})"
_TWO_DIGIT_YEARS_FROM_1900 = 70
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?$"
_CURRENCY_SIGNS = r"^([-+(]?)\s*(?:[A-Z]{3}|[$€£¥]|US\$|CA\$|A\$|kr|CHF)?\s*([-+]?)"
_DAYS_ALONE = re.compile(r"^(.*?)[\s,T]*%[HIMSfpzZXTR][^djmbByYxD]*$")
_WORDS: dict[DateOrder, str] = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}


@dataclass(frozen=True)
class DateStyle:
    """How a file writes its days: by a strptime format, or as numbers in an order. ISO days and times need neither."""

    order: DateOrder = "ymd"
    format: str | None = None


class DateKeys(Protocol):
    """What the settings of a source say of its days."""

    @property
    def date_order(self) -> DateOrder | None: ...
    @property
    def date_format(self) -> str | None: ...


def date_style(cells: Iterable[pl.Series], settings: DateKeys, source: str) -> DateStyle:
    """The style of a file's date cells: the format that is set, else the order (see `date_order`)."""
    if settings.date_format is None:
        return DateStyle(date_order(cells, settings.date_order, source))
    assumptions.note("date format", settings.date_format, "as it is set")
    return DateStyle(format=settings.date_format)


def date_order(cells: Iterable[pl.Series], setting: DateOrder | None, source: str) -> DateOrder:
    """The order of day, month and year in a file's date cells.

    The setting, if there is one; else what the values prove. Raises Refused where they prove nothing, or contradict
    the setting or each other, naming the setting to write.
    """
    parts = _parts(cells)
    if parts.is_empty():
        return setting or "ymd"
    local = parts.filter(pl.col("first") < 100)
    if setting == "ymd":
        return _checked_year_first(local, source)
    is_day_first, is_month_first = pl.col("first") > 12, pl.col("second") > 12
    orders: tuple[tuple[DateOrder, pl.Expr], ...] = (("dmy", is_day_first), ("mdy", is_month_first))
    proved = {order: str(found["cell"][0]) for order, shows in orders if len(found := local.filter(shows))}
    write = f'Write date_order = "dmy" or "mdy" under [sources.{source}] in tenure.toml.'
    if len(proved) > 1:
        raise Refused("Some of its dates have the day first, others the month first.", "Export it again in one format.")
    for order, proof in proved.items():
        if setting not in (None, order):
            raise Refused(f"The setting date_order is '{setting}', but '{proof}' has the {_WORDS[order]}.", write)
    if setting is not None:
        return _assumed(setting, "as it is set")
    for order, proof in proved.items():
        return _assumed(order, f"'{proof}' proves it")
    if local.is_empty():
        return _assumed("ymd", f"as in '{parts['cell'][0]}'")
    raise Refused(f"Nothing tells whether in '{local['cell'][0]}' the day or the month comes first.", write)


def _checked_year_first(local: pl.DataFrame, source: str) -> DateOrder:
    wrong = local.filter(pl.col("third") > 31)
    if len(wrong):
        raise Refused(
            f"The setting date_order is 'ymd', but '{wrong['cell'][0]}' has the year last.",
            f'Write date_order = "dmy" or "mdy" under [sources.{source}] in tenure.toml.',
        )
    return _assumed("ymd", "as it is set")


def _assumed(order: DateOrder, why: str) -> DateOrder:
    assumptions.note("date order", _WORDS[order], why)
    return order


def _parts(cells: Iterable[pl.Series]) -> pl.DataFrame:
    """The three numbers of each distinct cell that begins with a day in numbers."""
    groups = pl.col("cell").str.extract_groups(_LOCAL_DAY)
    names = {"first": "1", "second": "2", "third": "3"}
    return (
        _together(cells)
        .to_frame("cell")
        .select(
            "cell", *(groups.struct.field(at).cast(pl.Int64, strict=False).alias(name) for name, at in names.items())
        )
        .drop_nulls()
    )


def _together(cells: Iterable[pl.Series]) -> pl.Series:
    """The distinct trimmed cells of several columns, in their order."""
    columns = [column.cast(pl.String).alias("cell") for column in cells]
    found = pl.concat(columns) if columns else pl.Series("cell", [], pl.String)
    return found.str.strip_chars().unique(maintain_order=True).drop_nulls()


def days(column: pl.Series, style: DateStyle) -> pl.Series:
    """`31/01/2026`, `1.31.26`, `2026-01-31` (a time behind the day is left out) as ISO days."""
    if style.format is not None:
        return _distinct(column, lambda cells: _formatted_days(cells, style.format or ""))
    return _distinct(column, lambda cells: _iso_days(cells, style.order))


def timestamps(column: pl.Series, style: DateStyle, zone: str) -> pl.Series:
    """A local day with a time (`31/01/2026 3:26 PM`, `2026-01-31 15:26`; none = midnight) as ISO 8601 in UTC.

    `zone` is that of times written without one. Times with a zone (ISO) keep their own.
    """
    if style.format is not None:
        return _distinct(column, lambda cells: _formatted_times(cells, style.format or "", zone))
    return _distinct(column, lambda cells: _iso_times(cells, style.order, zone))


def _layouts(layout: str) -> list[str]:
    """A format, and that of the days alone where it ends with a time: both stand in one file."""
    fractions = layout.replace(".%f", "%.f")  # as the parser writes them
    match = _DAYS_ALONE.match(layout)
    return [fractions, match.group(1)] if match and match.group(1) else [fractions]


def _formatted_days(cells: pl.Series, layout: str) -> pl.Series:
    stripped = cells.str.strip_chars()
    found = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
    for each in _layouts(layout):
        found = found.fill_null(stripped.str.to_date(each, strict=False).cast(pl.String))
    return found


def _formatted_times(cells: pl.Series, layout: str, zone: str) -> pl.Series:
    stripped = cells.str.strip_chars()
    found = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
    for each in _layouts(layout):
        moments = stripped.str.to_datetime(each, time_unit="us", strict=False)
        if moments.dtype == pl.Datetime("us"):
            written = moments.dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
        else:
            written = moments.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        found = found.fill_null(times.timestamps(written, zone))
    return found.fill_null(times.timestamps(stripped, zone))


def _distinct(column: pl.Series, convert: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """A conversion of the distinct cells only; what it gives null for stays as it stands."""
    distinct = column.drop_nulls().unique()
    if distinct.is_empty():
        return column
    return column.replace_strict(distinct, convert(distinct).fill_null(distinct), return_dtype=pl.String)


def _iso_days(cells: pl.Series, order: DateOrder) -> pl.Series:
    groups = pl.col("cell").str.extract_groups(_LOCAL_DAY)
    first, second, third = (groups.struct.field(str(i)).cast(pl.Int64, strict=False) for i in (1, 2, 3))
    is_year_first = (first >= 100) | pl.lit(order == "ymd")
    day_of = second if order == "mdy" else first
    month_of = first if order == "mdy" else second
    short = pl.when(is_year_first).then(first).otherwise(third)
    century = pl.when(short < _TWO_DIGIT_YEARS_FROM_1900).then(2000).when(short < 100).then(1900).otherwise(0)
    year = short + century
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


def numbers(column: pl.Series, mark: DecimalMark = "point") -> pl.Series:
    """`1,234.50`, `$1,234.50`, `(12.00)`, `-€ 5` as plain decimals; with a comma as mark, `1.234,50` and `1 234,50`.

    Thousands separators must stand where thousands stand: `1,23` with a point as mark stays as it stands.
    """
    return _distinct(column, lambda cells: _plain_numbers(cells, mark))


def _plain_numbers(cells: pl.Series, mark: DecimalMark) -> pl.Series:
    group = r"[,' \x{a0}\x{202f}]" if mark == "point" else r"[.' \x{a0}\x{202f}]"
    sign = r"\." if mark == "point" else ","
    bare = cells.str.strip_chars().str.strip_prefix("'").str.replace(_CURRENCY_SIGNS, "${1}${2}")
    bare = bare.str.replace(r"^\((.*)\)$", "-${1}")
    bare = bare.str.replace(r"\s*(?:[$€£¥]|[A-Z]{3})$", "")
    written = rf"^[-+]?(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)?(?:{sign}\d*)?$"
    is_number = (bare.str.contains(written) & bare.str.contains(r"\d")).fill_null(False)
    plain = bare.str.replace_all(group, "").str.replace(sign, ".")
    # `12.34` under a decimal comma must not pass as a number later on.
    looks_plain = bare.str.contains(r"^[-+]?[\d.,]+$").fill_null(False)
    doubtful = (cells + f" (the decimal mark is a {mark})").zip_with(looks_plain, cells)
    return plain.zip_with(is_number, doubtful)


def decimal_mark(cells: Iterable[pl.Series], setting: DecimalMark | None, source: str) -> DecimalMark:
    """The decimal mark of a file's amounts: the setting, if there is one; else what the values prove.

    Raises Refused where an amount such as `1.234` could be read both ways and no other proves either, or where the
    values contradict the setting or each other.
    """
    closed = _together(cells).str.replace_all(r"(\d)['\s\x{a0}\x{202f}](\d)", "${1}${2}")
    bare = closed.str.extract(r"(\d[\d.,]*)").drop_nulls()
    has_point = r"^\d+\.(?:\d{1,2}|\d{4,})$|,\d{3}\.|^\d{1,3}(?:,\d{3}){2,}$|^\d{4,}\.\d+$|^0\.\d+$"
    has_comma = r"^\d+,(?:\d{1,2}|\d{4,})$|\.\d{3},|^\d{1,3}(?:\.\d{3}){2,}$|^\d{4,},\d+$|^0,\d+$"
    patterns: tuple[tuple[DecimalMark, str], ...] = (("point", has_point), ("comma", has_comma))
    proofs = {mark: bare.filter(bare.str.contains(pattern)) for mark, pattern in patterns}
    proved = {mark: str(found[0]) for mark, found in proofs.items() if len(found)}
    write = f'Write decimal = "point" or "comma" under [sources.{source}] in tenure.toml.'
    if setting is not None:
        if proved and setting not in proved:
            raise Refused(f"The setting decimal is '{setting}', but not so in '{next(iter(proved.values()))}'.", write)
        return _noted(setting, "as it is set")
    if len(proved) > 1:
        raise Refused(
            f"Some of its amounts have a decimal point ('{proved['point']}'), others a decimal comma "
            f"('{proved['comma']}').",
            f"Export it in one format, or set those of the other kind aside: {write[0].lower()}{write[1:]}",
        )
    for mark, proof in proved.items():
        return _noted(mark, f"'{proof}' proves it")
    doubtful = bare.filter(bare.str.contains(r"^\d{1,3}[.,]\d{3}$"))
    if len(doubtful):
        raise Refused(f"Nothing tells whether '{doubtful.sort()[0]}' has thousands or decimals.", write)
    return "point"


def _noted(mark: DecimalMark, why: str) -> DecimalMark:
    assumptions.note("decimal mark", mark, why)
    return mark
