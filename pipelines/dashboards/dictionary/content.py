"""What the page says of each published table and column, for one reader of one release."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.dashboards.dictionary import words
from pipelines.dashboards.dictionary.graph import Graph, metric_columns
from pipelines.explain.entries import catalogue as metrics_catalogue
from pipelines.landing.export_columns import export_columns
from pipelines.serving.rules import quoted, rules
from pipelines.warehouse.catalogue import Catalogue, ColumnEntry, Ref, TableEntry, current_catalogue

if TYPE_CHECKING:
    from pipelines.dashboards.pages.context import Units
    from pipelines.serving.release import Release
    from pipelines.settings import Settings

RECORDS = Path(__file__).with_name("tables.toml")
IN_USE = "select distinct source, entity from ops.load_files where rows_landed > 0"


@dataclass(frozen=True)
class ColumnView:
    """One row of a table's columns. `origins`: landed entities that it leads back to; `notes`: rights and persons."""

    name: str
    sql_type: str
    description: str
    unit: str
    is_key: bool
    origins: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TableView:
    """A published table. `rows`: of this release, None where the reader is not told; `metrics`: name and title of those
    that stand in it."""

    name: str
    description: str
    rows: int | None
    seen_by: str
    columns: tuple[ColumnView, ...]
    metrics: tuple[tuple[str, str], ...]
    entry: TableEntry


@dataclass(frozen=True)
class Dictionary:
    """All published tables by schema, and the ways between columns."""

    graph: Graph
    groups: Mapping[str, tuple[TableView, ...]]

    @cached_property
    def tables(self) -> list[TableView]:
        return [table for group in self.groups.values() for table in group]

    @cached_property
    def traced(self) -> tuple[int, int]:
        """Columns of the marts that lead back to a column of an export, and all columns of the marts."""
        refs = [(table.name, column.name) for table in self.groups["marts"] for column in table.columns]
        return sum(self.graph.is_from_an_export(ref) for ref in refs), len(refs)

    def as_data(self) -> dict[str, Any]:
        published = {table.name for table in self.tables}
        return self.graph.as_data(*words_of_others(self.graph.catalogue, published), published)


def read_dictionary(release: Release, settings: Settings, units: Units) -> Dictionary:
    """The dictionary of a release, for the one it is open for. How many rows there are is told to those who see all."""
    catalogue = with_records(current_catalogue())
    graph = Graph(catalogue, export_columns(settings, settings.sources), frozenset(release.rows(IN_USE).rows()))
    published = [table for table in catalogue.tables if table.schema in words.GROUPS]
    counts = row_counts(release, published) if release.principal.sees_all_clients else {}
    metrics = _metrics(catalogue)
    return Dictionary(
        graph,
        {
            schema: tuple(
                _view(table, graph, units, counts.get(table.name), metrics.get(table.name, ()))
                for table in sorted(published, key=lambda table: table.name)
                if table.schema == schema
            )
            for schema in words.GROUPS
        },
    )


def with_records(catalogue: Catalogue) -> Catalogue:
    """With the published tables that are written after the build."""
    schemas: Mapping[str, Mapping[str, Mapping[str, str]]] = tomllib.loads(RECORDS.read_text(encoding="utf-8"))
    records = [
        TableEntry(
            f"{schema}.{name}",
            about["description"],
            tuple(ColumnEntry(column, "", text) for column, text in about.items() if column != "description"),
        )
        for schema, tables in schemas.items()
        for name, about in tables.items()
    ]
    return replace(catalogue, tables=(*catalogue.tables, *records))


def row_counts(release: Release, tables: list[TableEntry]) -> dict[str, int]:
    """Rows by table."""
    there = [table.name for table in tables if tuple(table.name.split(".")) in release.tables]
    selects = (f"select '{name}', count(*) from {'.'.join(map(quoted, name.split('.')))}" for name in there)
    return dict(release.rows(" union all ".join(selects)).rows())


def words_of_others(catalogue: Catalogue, published: Collection[str]) -> tuple[dict[str, str], dict[Ref, str]]:
    """What is said of tables that are not published, and of their columns: landed entities by their contracts."""
    from pipelines.landing.entities import ENTITIES

    others = [table for table in catalogue.tables if table.name not in published]
    tables = {table.name: table.description for table in others}
    columns = {(table.name, column.name): column.description for table in others for column in table.columns}
    for entity in ENTITIES.values():
        tables[f"lake.{entity.name}"] = inspect.cleandoc(entity.schema.__doc__ or "")
        for column in entity.columns:
            values = entity.about(column).get("values")
            columns[(f"lake.{entity.name}", column)] = f"One of {', '.join(map(str, values))}." if values else ""
    tables |= words.LAKE_TABLES
    columns |= {
        ref: words.TECHNICAL[ref[1]] for ref in columns if ref[0].startswith("lake.") and ref[1] in words.TECHNICAL
    }
    return tables, columns


def _metrics(catalogue: Catalogue) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for metric in metrics_catalogue().entries.values():
        for table in dict.fromkeys(table for table, _ in metric_columns(metric, catalogue)):
            found[table] = (*found.get(table, ()), (metric.name, metric.title))
    return found


def _view(
    table: TableEntry, graph: Graph, units: Units, rows: int | None, metrics: tuple[tuple[str, str], ...]
) -> TableView:
    schema, _, name = table.name.partition(".")
    rule = rules().of(schema, name)
    columns = tuple(
        ColumnView(
            name=column.name,
            sql_type=column.sql_type,
            description=column.description,
            unit=words.unit(column.name, column.sql_type, units),
            is_key=column.name in table.key,
            origins=tuple(origin.removeprefix("lake.") for origin in graph.entities_behind((table.name, column.name))),
            notes=tuple(
                filter(None, (words.hidden_from(column.name, rule, rules()), _personal(graph, table.name, column)))
            ),
        )
        for column in table.columns
    )
    return TableView(table.name, table.description, rows, words.seen_by(rule, rules()), columns, metrics, table)


def _personal(graph: Graph, table: str, column: ColumnEntry) -> str:
    """Which personal data a text column holds, by the entities' own classes."""
    from pipelines.landing.entities import ENTITIES
    from pipelines.warehouse.personal import EMPTIED

    if column.sql_type != "varchar":
        return ""
    classes = set()
    for root, name in graph.catalogue.roots((table, column.name), is_chosen_too=False):
        entity = root.removeprefix("lake.")
        if root.startswith("lake.") and entity in ENTITIES and name not in EMPTIED.get(entity, ()):
            classes.add(ENTITIES[entity].pii.get(name))
    found = [text for kind, text in words.PERSONAL.items() if kind in classes]
    return f"Personal: {'; '.join(found)}." if found else ""
