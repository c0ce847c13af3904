"""What tables a release has for its reader, and what is known of them: columns, rows, descriptions, metrics.

Tables and columns come from the reader's own connection, so nothing stands here that they may not see.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.serving.query import Answer

if TYPE_CHECKING:
    from pipelines.serving.release import Release

Table = tuple[str, str]  # schema and name
PUBLIC = ("marts", "ops", "policy")  # what `\d` lists; the schemas behind them by their name

COLUMNS = """
    select table_schema, table_name, column_name, lower(data_type) from information_schema.columns
    where table_catalog = current_database()
    order by table_schema, table_name, ordinal_position
"""
COUNTS = """
    select schema_name, table_name, estimated_size from duckdb_tables() where database_name = current_database()
"""


class Catalogue:
    """The tables of one open release, read once."""

    def __init__(self, release: Release) -> None:
        self.tables: dict[Table, dict[str, str]] = {}
        for schema, table, column, kind in release.connection.execute(COLUMNS).fetchall():
            self.tables.setdefault((schema, table), {})[column] = kind
        self._counts: dict[Table, int] = {
            (schema, table): n for schema, table, n in release.connection.execute(COUNTS).fetchall()
        }

    @property
    def schemas(self) -> list[str]:
        return sorted({schema for schema, _ in self.tables})

    def named(self, name: str) -> list[Table]:
        """The tables of this name, with its schema or without, in any case."""
        wanted = name.replace('"', "").lower()
        return [table for table in self.tables if wanted in (table[1].lower(), ".".join(table).lower())]

    def find(self, name: str) -> Table:
        """The one table of this name. Raises UserError where the reader has none, or several."""
        found = self.named(name)
        if not found:
            raise UserError(f"there is no table or schema '{name}' here", do=r"\d lists the tables")
        if len(found) > 1:
            raise UserError(
                f"'{name}' is the name of {len(found)} tables", do=f"say which: {', '.join(map('.'.join, found))}"
            )
        return found[0]

    def overview(self, schemas: Collection[str]) -> Answer:
        """The tables of these schemas: name, rows, what a row is."""
        rows = [
            (".".join(table), self._counts.get(table), self.short(table))
            for table in self.tables
            if table[0] in schemas
        ]
        return Answer(["table", "rows", "one row is"], rows)

    def columns(self, table: Table) -> Answer:
        """The columns of a table: name, type, what it is."""
        described = self._described.get(table, ("", {}))[1]
        rows = [(column, kind, described.get(column) or None) for column, kind in self.tables[table].items()]
        return (
            Answer(["column", "type", "what it is"], rows)
            if described
            else Answer(["column", "type"], [row[:2] for row in rows])
        )

    def description(self, table: Table) -> str:
        """What a row is, where the project says so; else ''."""
        return self._described.get(table, ("", {}))[0]

    def short(self, table: Table) -> str | None:
        """The first sentence of its description, without the words that all of them begin with."""
        return re.split(r"[.;:] | \(", self.description(table).removeprefix("One row "))[0].rstrip(".") or None

    @cached_property
    def _described(self) -> dict[Table, tuple[str, dict[str, str]]]:
        """Descriptions of the project's models and seeds, and of their columns."""
        from pipelines.warehouse import manifest_path

        nodes = json.loads(manifest_path().read_text(encoding="utf-8"))["nodes"].values()
        return {
            (node["schema"], node["alias"]): (
                " ".join(node["description"].split()),
                {name: " ".join(column["description"].split()) for name, column in node["columns"].items()},
            )
            for node in nodes
            if node["resource_type"] in {"model", "seed"}
        }
