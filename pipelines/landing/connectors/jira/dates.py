"""Jira's times: `25/Jun/20 12:44`, `11/May/24 03:26 PM`, and `6/21/2025 16:14` after a spreadsheet. None has a zone."""

from __future__ import annotations

import polars as pl

_NAMED_MONTH = r"^(\d{1,2})[/. -]+(\p{L}+)\.?[/. -]+(\d{2}|\d{4})(?:\D(.*))?$"
_TWO_DIGIT_YEARS_FROM_1900 = 70
# Short and long names begin alike; a name is known by its first letters, whatever the language of the user's profile.
_MONTHS = {
    1: "jan ene gen janv jän",
    2: "feb fév fev févr",
    3: "mar mär mrz maa mrt",
    4: "apr avr abr",
    5: "may mai mag mei maj",
    6: "jun giu juin",
    7: "jul lug juil",
    8: "aug ago aoû",
    9: "sep set",
    10: "oct okt ott out",
    11: "nov",
    12: "dec dez dic déc",
}
_NUMBERS = {name: number for number, names in _MONTHS.items() for name in names.split()}


def with_month_numbers(cells: pl.Series) -> pl.Series:
    """The times with a named month as `2020-06-25 12:44`; all others as they stand."""
    distinct = cells.unique().drop_nulls().to_frame("cell")
    parts = distinct.with_columns(pl.col("cell").str.extract_groups(_NAMED_MONTH).alias("parts")).unnest("parts")
    short = parts["3"].cast(pl.Int64, strict=False)
    century = pl.when(short < _TWO_DIGIT_YEARS_FROM_1900).then(2000).when(short < 100).then(1900).otherwise(0)
    numbered = parts.with_columns(
        short.alias("short"),
        pl.col("2").map_elements(_month, return_dtype=pl.Int64).alias("month"),
    ).select(
        "cell",
        pl.format(
            "{}-{}-{} {}",
            (pl.col("short") + century).cast(pl.String),
            pl.col("month").cast(pl.String).str.zfill(2),
            pl.col("1").str.zfill(2),
            pl.col("4").fill_null("").str.strip_chars(),
        )
        .str.strip_chars()
        .alias("iso"),
    )
    known = numbered.filter(pl.col("iso").is_not_null())
    return cells.replace(known["cell"], known["iso"]) if known.height else cells


def _month(name: str) -> int | None:
    lowered = name.lower()
    return _NUMBERS.get(lowered[:4]) or _NUMBERS.get(lowered[:3])
