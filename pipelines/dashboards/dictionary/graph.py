"""The ways between export columns, tables' columns and metrics, as numbers and lists that a browser can follow.

A node is a column by its place in `columns`. The rows of a table are a node as well (`-1 - place of the table`): a
count is made of them, and an export's column may decide which there are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.explain.entries import Entry
from pipelines.explain.entries import catalogue as metrics
from pipelines.landing.export_columns import ROWS as ROWS_OF_ENTITY
from pipelines.landing.export_columns import ExportColumn
from pipelines.warehouse.catalogue import DISCRIMINATORS, ROWS, Catalogue, Ref, TableEntry

LAKE = "lake"


@dataclass(frozen=True)
class Graph:
    """A catalogue, what its lake is filled from, and which of that a release holds.

    `in_use`: systems and entities of which the release has rows. `words`: of columns, what there is to say besides.
    """

    catalogue: Catalogue
    exports: Collection[ExportColumn]
    in_use: Collection[tuple[str, str]]

    @cached_property
    def by_entity(self) -> dict[Ref, list[ExportColumn]]:
        """Export columns by the lake's column, or rows, that is made from them."""
        found: dict[Ref, list[ExportColumn]] = defaultdict(list)
        for export in self.exports:
            found[(f"{LAKE}.{export.entity}", export.entity_column)].append(export)
        return found

    def is_from_an_export(self, ref: Ref) -> bool:
        """Whether a column leads back to a column of an export; for a count, to the rows of one."""
        entities = {f"{LAKE}.{export.entity}" for export in self.exports}
        return any(
            root in self.by_entity or (root[1] == ROWS and root[0] in entities) for root in self.catalogue.roots(ref)
        )

    def entities_behind(self, ref: Ref) -> list[str]:
        """Landed entities that a column leads back to, those that give most of its values first."""
        made = Counter(table for table, _ in self.catalogue.roots(ref, is_chosen_too=False))
        chosen = Counter(table for table, _ in self.catalogue.roots(ref))
        landed = (table for table in chosen if table.startswith(f"{LAKE}."))
        return sorted(landed, key=lambda table: (-made[table], -chosen[table], table))

    def as_data(
        self, table_words: Mapping[str, str], column_words: Mapping[Ref, str], published: Collection[str]
    ) -> dict[str, Any]:
        """For the browser. `published`: tables that the page itself describes; the words are those of all others."""
        numbers = {ref: place for place, ref in enumerate(self.catalogue.columns)}
        places = {table.name: place for place, table in enumerate(self.catalogue.tables)}

        found = {name: metric_columns(metric, self.catalogue) for name, metric in metrics().entries.items()}
        shared = Counter(found.values())

        def rows(tables: Iterable[str]) -> list[int]:
            return [-1 - places[table] for table in tables]

        return {
            "tables": [
                [
                    table.name, kind(table, published), table_words.get(table.name, ""),
                    rows(table.rows_of), [numbers[ref] for ref in table.decided_by],
                ]
                for table in self.catalogue.tables
            ],
            "columns": [
                [
                    places[table], name, column.sql_type, column_words.get((table, name), ""),
                    [*(numbers[ref] for ref in column.values), *rows(column.counted)],
                    [numbers[ref] for ref in column.chosen], int(column.is_traced), list(column.words),
                ]
                for (table, name), column in self.catalogue.columns.items()
            ],
            "exports": [
                [*key, int(is_used), targets]
                for key, (is_used, targets) in self._exports_by_name(numbers, places).items()
            ],
            "metrics": [
                [
                    name, metric.title, metric.formula, str(metric.unit), [numbers[ref] for ref in found[name]],
                    int(bool(metric.source.name) and shared[found[name]] > 1), metric.owner, metric.book,
                ]
                for name, metric in metrics().entries.items()
            ],
            "discriminators": DISCRIMINATORS,
        }  # fmt: skip

    def _exports_by_name(
        self, numbers: Mapping[Ref, int], places: Mapping[str, int]
    ) -> dict[tuple[str, str, str], tuple[bool, list[int]]]:
        found: dict[tuple[str, str, str], tuple[bool, list[int]]] = {}
        for export in self.exports:
            table = f"{LAKE}.{export.entity}"
            if table not in places:
                continue  # landed and kept, read by no model
            node = (
                -1 - places[table] if export.entity_column == ROWS_OF_ENTITY else numbers[(table, export.entity_column)]
            )
            key = (export.system, export.export, export.column)
            is_used, targets = found.get(key, (False, []))
            found[key] = (is_used or (export.system, export.entity) in self.in_use, [*targets, node])
        return found


def kind(table: TableEntry, published: Collection[str]) -> str:
    """published, landed, or step: what only the project's own models read."""
    return "published" if table.name in published else "landed" if table.schema == LAKE else "step"


def metric_columns(metric: Entry, catalogue: Catalogue) -> tuple[Ref, ...]:
    """The columns that a metric stands in, or that its value is worked out of."""
    found: list[Ref] = []
    for place, source in zip(metric.places, metric.sources, strict=True):
        own = {column.name for column in catalogue.by_name[source.table].columns}
        worked_out = [name for name in re.findall(r"\w+", place.value or "") if name in own]
        named = worked_out or [place.column or metric.name]
        found += [(source.table, name) for name in named if name in own]
    return tuple(dict.fromkeys(found))
