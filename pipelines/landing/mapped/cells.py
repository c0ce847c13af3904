"""Template values of a mapped file's cells: words, days, times, numbers; whole columns at a time."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.landing.connector import SourceContext
from pipelines.landing.entities import Entity
from pipelines.landing.kit import local_formats
from pipelines.landing.kit.local_formats import DateStyle
from pipelines.landing.kit.source_settings import DecimalMark
from pipelines.landing.mapped.definition import Cell
from pipelines.landing.mapped.tables import column_of

_NUMBERS = {"money", "num", "int"}
_TRUTHS = {"true": "true", "yes": "true", "y": "true", "1": "true"} | {
    "false": "false", "no": "false", "n": "false", "0": "false",
}  # fmt: skip


@dataclass(frozen=True)
class Formats:
    """How the file writes its days and numbers. `default_currency`: that of cells without one."""

    style: DateStyle
    decimal: DecimalMark
    time_zone: str
    default_currency: str | None = None


def canonical(
    entity: Entity, column: str, cell: Cell, rows: pl.DataFrame, formats: Formats, source: SourceContext
) -> pl.Series:
    """The canonical (or technical) column of the rows, in template formats; what cannot be converted as it stands."""
    values = _written(cell, rows)
    if cell.values:
        values = _words(entity.name, column, cell, values, source)
    if cell.default is not None:
        values = values.fill_null(cell.default)
    if cell.constant is None:
        values = _converted(values, entity.kinds.get(column, "text"), cell, formats)
    return values.alias(column)


def written(header: str, rows: pl.DataFrame) -> pl.Series:
    """A column of the file, trimmed, empty cells null."""
    cells = rows[column_of(header)].str.strip_chars()
    return cells.set(cells == "", None)


def _written(cell: Cell, rows: pl.DataFrame) -> pl.Series:
    if cell.constant is not None:
        text = str(cell.constant).lower() if isinstance(cell.constant, bool) else str(cell.constant)
        return pl.Series([text], dtype=pl.String).new_from_index(0, rows.height)
    parts = pl.DataFrame([written(header, rows).alias(str(i)) for i, header in enumerate(cell.headers)])
    if not cell.join:
        return parts.to_series()
    together = pl.concat_str(pl.all(), separator=cell.separator, ignore_nulls=True)
    joined = parts.select(pl.when(together != "").then(together).alias("text"))
    if not cell.numbered:
        return joined.to_series()
    count = pl.int_range(1, pl.len() + 1).over("text").cast(pl.String)
    return joined.select(pl.concat_str("text", count, separator=cell.separator)).to_series()


def _words(entity: str, column: str, cell: Cell, values: pl.Series, source: SourceContext) -> pl.Series:
    """The company's own word first, then the mapping file's, then `otherwise`, else the value as it stands."""
    own = {value.strip().casefold(): word for value, word in cell.values.items()}
    distinct = values.drop_nulls().unique().to_list()
    words = []
    for value in distinct:
        word = source.map_values(entity, column, value)
        word = own.get(value.casefold()) if word is None else word
        words.append(word if word is not None else cell.otherwise if cell.otherwise is not None else value)
    return values.replace_strict(distinct, words, return_dtype=pl.String) if distinct else values


def _converted(values: pl.Series, kind: str, cell: Cell, formats: Formats) -> pl.Series:
    if kind in _NUMBERS:
        numbers = local_formats.numbers(values, formats.decimal)
        return _negated(numbers) if cell.negate else numbers
    style = DateStyle(format=cell.format) if cell.format else formats.style
    if kind == "date":
        return local_formats.days(values, style)
    if kind == "ts":
        return local_formats.timestamps(values, style, formats.time_zone)
    if kind == "cur":
        codes = values.str.to_uppercase()
        return codes if formats.default_currency is None else codes.fill_null(formats.default_currency)
    if kind == "bool":
        return values.str.to_lowercase().replace(_TRUTHS)
    return values


def _negated(numbers: pl.Series) -> pl.Series:
    number = pl.col("number")
    turned = (
        pl.when(number.str.starts_with("-"))
        .then(number.str.slice(1))
        .otherwise(pl.lit("-") + number.str.strip_prefix("+"))
    )
    return numbers.to_frame("number").select(turned).to_series()
