"""Words of a source for words of the templates: the company's own `map_values` first, then a connector's defaults.

Only for columns with defaults; in all others the core applies the company's words. Defaults are a CSV file beside the
connector, with the columns `entity,column,value,mapped`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from functools import cache, reduce
from pathlib import Path

import polars as pl

MapValues = Callable[[str, str, str], str | None]


@cache
def defaults(path: Path) -> dict[tuple[str, str, str], str]:
    """Template words by (entity, column, folded value) of a connector's `value_maps.csv`."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {(row["entity"], row["column"], _key(row["value"])): row["mapped"] for row in csv.DictReader(stream)}


def _key(value: str) -> str:
    return value.strip().casefold()


def lookup(map_values: MapValues, path: Path, entity: str, column: str, value: str) -> str | None:
    """The template's word for a value; None where neither the company nor the defaults know it."""
    own = map_values(entity, column, value)
    return own if own is not None else defaults(path).get((entity, column, _key(value)))


def apply(map_values: MapValues, path: Path, entity: str, column: str, candidates: Iterable[pl.Series]) -> pl.Series:
    """Of several String series, row by row: the first value that has a mapping, mapped; else the first as it is."""
    candidates = list(candidates)
    known = [_known(map_values, path, entity, column, candidate) for candidate in candidates]
    return reduce(pl.Series.fill_null, [*known, *candidates])


def _known(map_values: MapValues, path: Path, entity: str, column: str, values: pl.Series) -> pl.Series:
    distinct = values.drop_nulls().unique().to_list()
    mapped = [lookup(map_values, path, entity, column, value) for value in distinct]
    return values.replace_strict(distinct, mapped, default=None, return_dtype=pl.String) if distinct else values
