"""What the models find on Spark: the lake where it lies, and what a build makes itself as small Parquet files.

The build's file holds all of it as DuckDB sees it: entities as views over the lake, the rest as tables. An entity is
read in place unless the build had to take persons out of it; those, settings, policy and holidays are copied.
"""

from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.errors import UserError
from pipelines.landing.entities import ENTITIES
from pipelines.settings import Settings
from pipelines.warehouse import sources
from pipelines.warehouse.personal import HASHED
from pipelines.warehouse.spark.storage import Storage

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LAKE, POLICY = "lake", "policy"
ADDRESS_COLUMN = "_account_email"
TYPES = {"VARCHAR": "string", "TIMESTAMP": "timestamp_ntz", "INTEGER": "int"}  # all others are called the same


def register_inputs(
    session: "SparkSession", connection: duckdb.DuckDBPyConnection, settings: Settings, scratch: Storage
) -> None:
    """Makes the schemas `lake` and `policy` on Spark. `connection`: to the build's file, its seeds made."""
    ledger = sources.read_ledger(settings.lake)
    lake = Storage(settings.engine.lake or str(settings.lake))
    for schema in (LAKE, POLICY):
        session.sql(f"drop schema if exists {schema} cascade")
        session.sql(f"create schema {schema} location '{scratch.at(schema)}'")
    for schema, name in _relations(connection):
        if name in ENTITIES and name not in HASHED and sources.lake_files(name, settings.lake, ledger):
            for statement in _in_place(name, lake, settings, ledger):
                session.sql(statement)
        else:
            rows = connection.execute(f'select * from {schema}."{name}"').to_arrow_table()
            place = scratch.write(rows, "inputs", schema, name)
            columns = connection.execute(f'describe {schema}."{name}"').fetchall()
            session.sql(_table(f"{schema}.{name}", {column[0]: column[1] for column in columns}, place))


def _relations(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        """select schema_name, view_name from duckdb_views() where schema_name = 'lake'
        union all select schema_name, table_name from duckdb_tables() where schema_name in ('lake', 'policy')
        order by all"""
    ).fetchall()


def _in_place(name: str, lake: Storage, settings: Settings, ledger: list[dict[str, Any]]) -> list[str]:
    """A table over the entity's folder, and a view of what the ledger knows of it."""
    entity = ENTITIES[name]
    known = [path.name for path in sources.lake_files(name, settings.lake, ledger)]
    if missing := sorted({*known} - {*lake.parquet_in(name)}):
        raise UserError(
            f"{len(missing)} files of the lake are not where Spark would read them, such as {missing[0]}",
            where=lake.at(name), done="nothing was published", do="copy the lake's folders there, then refresh again",
        )  # fmt: skip
    files = ", ".join(f"'{file}'" for file in known)
    columns = [
        f"cast(null as string) as `{column}`" if column == ADDRESS_COLUMN else f"`{column}`"
        for column in entity.sql_schema()
    ]
    is_gone = sources.is_gone_sql(name, settings.sources, ledger)
    return [
        _table(f"{LAKE}.all_{name}", entity.sql_schema(), lake.at(name)),
        f"create view {LAKE}.{name} as select {', '.join(columns)}, {is_gone} as _is_gone from {LAKE}.all_{name}"
        f" where _metadata.file_name in ({files})",
    ]


def _table(name: str, columns: dict[str, str], place: str) -> str:
    declared = ", ".join(f"`{column}` {TYPES.get(kind, kind)}" for column, kind in columns.items())
    return f"create table {name} ({declared}) using parquet location '{place}'"
