"""Which column of which system's export each entity's column is made from: where the lake's lineage ends.

`export_columns.csv` has what the connectors do by themselves. It is no list that somebody keeps:
`tests/export_columns.py` finds it by experiment on the sample files. A company's own words (mapping files, columns
named in its settings) are added here, and go before it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelines.landing.connectors.template import CONNECTOR as TEMPLATE
from pipelines.landing.mapped import mapped_connectors

if TYPE_CHECKING:
    from pipelines.landing.registry import HasMappings

FILE = Path(__file__).with_name("export_columns.csv")
ROWS = "*"  # in place of an entity's column: it decides which rows there are, or whether a row counts


class ExportColumn(NamedTuple):
    """A column of an export (of JSON: the path to it) and a column of an entity that is made from it."""

    system: str
    export: str
    column: str
    entity: str
    entity_column: str


def export_columns(
    mappings: HasMappings | None = None, sources: Mapping[str, Mapping[str, Any]] | None = None
) -> list[ExportColumn]:
    """Those of all connectors and templates; with a home's mapping files and settings, its own as well."""
    shipped = shipped_export_columns()
    named = [own for system, table in (sources or {}).items() for own in _named_in_settings(system, table, shipped)]
    replaced = {(own.system, own.export, own.entity, own.entity_column) for own in named}
    kept = [each for each in shipped if (each.system, each.export, each.entity, each.entity_column) not in replaced]
    return [*kept, *named, *(_mapped(mappings) if mappings else ()), *_templates()]


@cache
def shipped_export_columns() -> tuple[ExportColumn, ...]:
    """The rows of `export_columns.csv`."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        _, *rows = csv.reader(stream)
    return tuple(ExportColumn(*row) for row in rows)


def write_export_columns(found: Iterable[ExportColumn], path: Path = FILE) -> None:
    """Sorted, one line each."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(ExportColumn._fields)
        writer.writerows(sorted(found))


def _named_in_settings(
    system: str, table: Mapping[str, Any], shipped: Iterable[ExportColumn]
) -> Iterator[ExportColumn]:
    """`columns` ("<entity>.<column>" or "<column>" = label) of any system, `fields` by object of Salesforce."""
    feeds = {(each.export, each.entity) for each in shipped if each.system == system}
    for key, label in _pairs(table.get("columns")):
        entity, _, column = key.rpartition(".")
        yield from _of_feeds(system, label, column, {feed for feed in feeds if entity in ("", feed[1])})
    for export, fields in _pairs(table.get("fields")):
        for column, label in _pairs(fields):
            yield from _of_feeds(system, label, column, {feed for feed in feeds if feed[0] == export})


def _of_feeds(system: str, label: Any, column: str, feeds: Iterable[tuple[str, str]]) -> Iterator[ExportColumn]:
    from pipelines.landing.entities import ENTITIES

    for export, entity in sorted(feeds):
        if column in ENTITIES[entity].columns:
            yield ExportColumn(system, export, str(label), entity, column)


def _pairs(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _mapped(mappings: HasMappings) -> Iterator[ExportColumn]:
    for connector in mapped_connectors(mappings.mappings, ()).values():
        mapping = connector.mapping
        export = mapping.document.description or "its export"
        for entity, own in mapping.entities.items():
            for column, cell in own.cells.items():
                for header in cell.headers:
                    yield ExportColumn(mapping.name, export, header, entity, column)
            for condition in own.where:
                yield ExportColumn(mapping.name, export, condition.column, entity, ROWS)


def _templates() -> Iterator[ExportColumn]:
    from pipelines.landing.entities import ENTITIES

    for entity in ENTITIES.values():
        if entity.is_canonical:
            for column in entity.columns:
                yield ExportColumn(TEMPLATE.name, f"{entity.name}.csv", column, entity.name, column)
