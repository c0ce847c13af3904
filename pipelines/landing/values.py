"""The company's own words for values: the effective `map_values` rows.

A row for a source goes before one for any source; the newest row of a key wins. Values are compared trimmed and in any
case. Connectors ask for the columns whose foreign words they translate themselves; to all other columns the core
applies the words here, so that a word is never translated twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

Key = tuple[str, str, str, str]  # source ('' = any), entity, column, value; all lower case


@dataclass
class ValueMap:
    """All words, by key."""

    words: dict[Key, str] = field(default_factory=dict)

    @classmethod
    def of(cls, frames: Iterable[pl.DataFrame]) -> ValueMap:
        """From landed `map_values` rows, oldest frame first."""
        words: dict[Key, str] = {}
        for frame in frames:
            rows = frame.select("source", "entity", "column", "value", "mapped").iter_rows()
            for source, entity, column, value, mapped in rows:
                words[_key(source or "", entity, column, value)] = mapped
        return cls(words)

    def updated(self, newer: ValueMap) -> ValueMap:
        """These words, with the newer ones in front."""
        return ValueMap({**self.words, **newer.words})

    def of_source(self, source: str) -> SourceValues:
        """The words that hold for one source."""
        any_source = {key[1:]: word for key, word in self.words.items() if key[0] == ""}
        own = {key[1:]: word for key, word in self.words.items() if key[0] == source.lower()}
        return SourceValues({**any_source, **own})


@dataclass
class SourceValues:
    """The words of one source. It remembers which columns the connector asked for."""

    words: dict[tuple[str, str, str], str]
    asked: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, entity: str, column: str, value: str) -> str | None:
        """The canonical value for a source's word, or None where the company has set none."""
        self.asked.add((entity, column))
        return self.words.get(_key("", entity, column, value)[1:])

    def apply(self, entity: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the words of all columns the connector has not translated itself."""
        by_column: dict[str, dict[str, str]] = {}
        for (of_entity, column, value), mapped in self.words.items():
            if of_entity == entity and column in rows.columns and (entity, column) not in self.asked:
                by_column.setdefault(column, {})[value] = mapped
        if not by_column:
            return rows
        return rows.with_columns(
            pl.coalesce(
                pl.col(column).str.strip_chars().str.to_lowercase().replace_strict(words, default=None),
                pl.col(column),
            ).alias(column)
            for column, words in by_column.items()
        )


def _key(source: str, entity: str, column: str, value: str) -> Key:
    return source.strip().lower(), entity.strip().lower(), column.strip().lower(), value.strip().lower()
