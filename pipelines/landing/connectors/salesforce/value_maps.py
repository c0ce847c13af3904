"""Words of a company for words of the templates: its own `map_values` first, then the defaults in `value_maps.csv`.

Only for columns with defaults; in all others the core applies the company's words.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from functools import cache, reduce
from pathlib import Path

import polars as pl

MapValues = Callable[[str, str, str], str | None]


@cache
def _defaults() -> dict[tuple[str, str, str], str]:
    with Path(__file__).with_name("value_maps.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["entity"], row["column"], _key(row["value"])): row["mapped"] for row in csv.DictReader(stream)}


def _key(value: str) -> str:
    return value.strip().casefold()


def lookup(map_values: MapValues, entity: str, column: str, value: str) -> str | None:
    """The template's word for a value; None where neither the company nor the defaults know it."""
    own = map_values(entity, column, value)
    return own if own is not None else _defaults().get((entity, column, _key(value)))


def apply(map_values: MapValues, entity: str, column: str, candidates: Iterable[pl.Series]) -> pl.Series:
    """Of several String series, row by row: the first value that has a mapping, mapped; else the first as it is."""
    candidates = list(candidates)
    known = [_known(map_values, entity, column, candidate) for candidate in candidates]
    return reduce(pl.Series.fill_null, [*known, *candidates])


def _known(map_values: MapValues, entity: str, column: str, values: pl.Series) -> pl.Series:
    distinct = values.drop_nulls().unique().to_list()
    mapped = [lookup(map_values, entity, column, value) for value in distinct]
    return values.replace_strict(distinct, mapped, default=None, return_dtype=pl.String) if distinct else values
