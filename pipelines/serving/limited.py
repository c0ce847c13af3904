"""A connection that shows a limited reader the rows and columns that are theirs, under the tables' usual names.

An in-memory database holds one view for each table the reader may see; the release itself is attached read-only under a
name that differs each time, so that no query reaches past the views by accident. That is no wall against SQL which
looks for it. Whoever writes their own SQL gets a copy of their rows instead, in a database that holds nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.serving.principal import Principal
from pipelines.serving.rules import Rules, quoted, rules

if TYPE_CHECKING:
    import duckdb

Columns = dict[str, str]  # data types by name, in the table's order
PUBLISHED = ("marts", "ops", "policy")  # schemas for everybody's own SQL; those behind them are for our own code
LOCKED_LAST = ("enable_external_access", "lock_configuration")  # attaching the release comes before
THREADS = 2  # a reader's share of a release is small, and every reader has an instance with threads of its own

# What the predicates of `rules` ask: table of the release that it is read from, columns it needs, and how.
RELATIONS = {
    "clients": (
        "marts.dim_clients",
        "select client_id from {marts}.dim_clients where am_id in (select am_id from rights.ams)",
    ),
    "accounts": (
        "intermediate.int_clients__by_account",
        "select account_id from {intermediate}.int_clients__by_account"
        " where client_id in (select client_id from rights.clients)",
    ),
    "margin_months": (
        "marts.rpt_client_economics",
        "select month from {marts}.rpt_client_economics where costed_revenue_cc is not null"
        " group by month having count(*) >= {least_clients}",
    ),
}
EMPTY = {"clients": "client_id varchar", "accounts": "account_id varchar", "margin_months": "month date"}


def limited_connection(
    warehouse: Path, principal: Principal, config: Mapping[str, Any], is_copied: bool = False
) -> duckdb.DuckDBPyConnection:
    """Opens the warehouse for a reader who does not see everything.

    `config` is that of every connection to a release; what it closes and locks is closed here as soon as the file is
    attached. With `is_copied` the reader's rows of the published tables are read into memory, and the file is let go.
    Raises what DuckDB raises for a file it cannot open.
    """
    import duckdb

    first = {key: value for key, value in config.items() if key not in LOCKED_LAST}
    # No error may suggest names of tables that the reader does not have.
    first |= {"threads": THREADS, "catalog_error_max_schemas": 0}
    connection = duckdb.connect(":memory:", config=first)
    try:
        release = f"release_{secrets.token_hex(8)}"
        connection.execute(f"attach '{str(warehouse).replace(chr(39), chr(39) * 2)}' as {release} (read_only)")
        connection.execute("begin")
        _write_relations(connection, release, principal, is_copied)
        connection.execute("commit")
        if is_copied:
            connection.execute(f"drop schema rights cascade; detach {release}")
        for key in LOCKED_LAST:
            connection.execute(f"set {key} = {config[key]}")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_relations(
    connection: duckdb.DuckDBPyConnection, release: str, principal: Principal, is_copied: bool
) -> None:
    tables = _tables_of(connection, release)
    connection.execute("create schema rights")
    connection.execute(
        "create table rights.ams as select unnest(?::varchar[]) as am_id", [sorted(principal.am_ids or ())]
    )
    least_clients = rules().clients_of_an_aggregate
    schemas = {schema: f"{release}.{schema}" for schema in ("marts", "intermediate")}
    for name, (source, sql) in RELATIONS.items():
        is_there = tuple(source.split(".")) in tables
        connection.execute(
            f"create table rights.{name} as {sql.format(**schemas, least_clients=least_clients)}"
            if is_there
            else f"create table rights.{name} ({EMPTY[name]})"
        )
    visible = [
        key for key in tables if rules().of(*key).is_visible_to(principal) and (key[0] in PUBLISHED or not is_copied)
    ]
    kind = "table" if is_copied else "view"
    for schema in sorted({schema for schema, _ in visible}):
        connection.execute(f"create schema {quoted(schema)}")
    for schema, table in visible:
        shown = view(rules(), release, schema, table, tables[schema, table], principal)
        connection.execute(f"create {kind} {quoted(schema)}.{quoted(table)} as {shown}")


def view(all_rules: Rules, release: str, schema: str, table: str, columns: Columns, principal: Principal) -> str:
    """The query that gives the reader's rows and columns of one table of the attached release."""
    rule = all_rules.of(schema, table)
    shown = []
    for column, data_type in columns.items():
        masked = all_rules.mask(rule, column, data_type, principal)
        shown.append(quoted(column) if masked is None else f"{masked} as {quoted(column)}")
    name = f"{quoted(schema)}.{quoted(table)}"
    return f"select {', '.join(shown)} from {release}.{name} where {rule.predicate}"


def _tables_of(connection: duckdb.DuckDBPyConnection, release: str) -> dict[tuple[str, str], Columns]:
    """Columns by schema and table of the attached release."""
    found: dict[tuple[str, str], Columns] = {}
    rows = connection.execute(
        """select schema_name, table_name, column_name, data_type from duckdb_columns()
        where database_name = ? order by schema_name, table_name, column_index""",
        [release],
    ).fetchall()
    for schema, table, column, data_type in rows:
        found.setdefault((schema, table), {})[column] = data_type
    return found
