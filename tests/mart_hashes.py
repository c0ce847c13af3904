"""One hash a mart: of its columns, their types and its rows in any order."""

from pathlib import Path

import duckdb

from pipelines.engine import CONFIG


def mart_hashes(release: Path) -> dict[str, str]:
    """table -> hash, of all marts in a release's (or build's) folder. Equal hashes: the same rows to the last digit."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True, config=CONFIG) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by table_name"
        ).fetchall()
        return {table: _hash(connection, table) for (table,) in tables}


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Marts that are not the same in both."""
    return sorted(table for table in {*one, *other} if one.get(table) != other.get(table))


def _hash(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    columns = connection.execute(f'describe marts."{table}"').fetchall()
    rows = connection.execute(
        f"""select count(*), md5(coalesce(string_agg(line, '' order by line), ''))
        from (select md5(cast(row as varchar)) as line from marts."{table}" as row)"""
    ).fetchone()
    shape = ", ".join(f"{name} {kind}" for name, kind, *_ in columns)
    return f"{rows} of ({shape})"
