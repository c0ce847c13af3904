"""Whether two warehouse files publish the same: names, types, counts and rows."""

from pathlib import Path

import duckdb

from pipelines.engine import CONFIG

SCHEMAS = ("marts", "ops")


def differences(one: Path, other: Path, schemas: tuple[str, ...] = SCHEMAS) -> list[str]:
    """What differs between the tables of two files, a line each; a missing or empty table differs too."""
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        names = sorted({*_tables(connection, "one", schemas), *_tables(connection, "other", schemas)})
        return [line for name in names if (line := _difference(connection, name))]


def tables(file: Path, schemas: tuple[str, ...] = SCHEMAS) -> list[str]:
    """The names of a file's tables, with their schemas."""
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        connection.execute(f"attach '{file}' as one (read_only)")
        return _tables(connection, "one", schemas)


def _tables(connection: duckdb.DuckDBPyConnection, database: str, schemas: tuple[str, ...]) -> list[str]:
    rows = connection.execute(
        """select schema_name || '.' || table_name from duckdb_tables()
        where database_name = ? and list_contains(?, schema_name) order by 1""",
        [database, list(schemas)],
    ).fetchall()
    return [name for (name,) in rows]


def _difference(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    try:
        one, other = (connection.execute(f"describe {file}.{name}").fetchall() for file in ("one", "other"))
    except duckdb.CatalogException:
        return f"{name} is missing in one of them"
    if one != other:
        return f"{name}: columns differ: {sorted({row[:2] for row in one} ^ {row[:2] for row in other})}"
    counts = [_count(connection, f"{file}.{name}") for file in ("one", "other")]
    if 0 in counts:
        return f"{name} is empty: {counts} rows"
    extra = [
        _count(connection, f"(from {left}.{name} except all from {right}.{name})")
        for left, right in (("one", "other"), ("other", "one"))
    ]
    return f"{name}: {extra} rows are only in one, of {counts}" if any(extra) else None


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None  # an aggregate
    return int(row[0])
