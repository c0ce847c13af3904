"""Marts as Parquet files, and as one DuckDB file, each with the seals of its tables inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.engine import CONFIG
from pipelines.exports.files import whole
from pipelines.exports.seal import Seal, content_hash, seal_of
from pipelines.serving.rules import quoted
from pipelines.warehouse.sources import STORAGE_VERSION

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    import pyarrow as pa

    from pipelines.dashboards.meta import SiteMeta
    from pipelines.serving.release import Release

SCHEMA = "marts"
PARQUET_SEAL, PARQUET_RELEASE = b"tenure_seal", b"tenure_release"
SEALS = "tenure.seals"
ABOUT = "tenure.about"
BLOCK = 16_384  # bytes, the least there is: an extract is many small tables, and a table takes a few blocks


def marts(release: Release) -> list[str]:
    """The marts that the release's reader has, by name."""
    return sorted(table for schema, table in release.tables if schema == SCHEMA)


def write_parquet(release: Release, table: str, path: Path, meta: SiteMeta) -> Seal:
    """One mart, its rows in order of all columns, exact types, zstd; the seal stands in the file's metadata."""
    import pyarrow.parquet as pq

    rows = _rows(release, table)
    seal = seal_of(f"{SCHEMA}.{table}", as_frame(rows))
    notes = {PARQUET_SEAL: seal.as_json().encode(), PARQUET_RELEASE: meta.release_id.encode()}
    with whole(path) as draft:
        pq.write_table(rows.replace_schema_metadata(notes), draft, compression="zstd", store_decimal_as_integer=True)
    return seal


def write_duckdb(release: Release, path: Path, meta: SiteMeta) -> list[Seal]:
    """All marts of the release's reader, with only their rows, in schema marts of a new DuckDB file.

    `tenure.seals` holds a row a table, `tenure.about` what the file is of. Same rows, same seals; the bytes differ
    from one writing to the next, for DuckDB samples for its statistics.
    """
    import duckdb

    seals = []
    with whole(path) as draft, duckdb.connect(config={**CONFIG, "threads": 1}) as connection:
        connection.execute(
            f"attach '{_escaped(draft)}' as file (storage_version '{STORAGE_VERSION}', block_size {BLOCK})"
        )
        connection.execute(f"use file; create schema {SCHEMA}; create schema tenure")
        for table in marts(release):
            rows = _rows(release, table)
            connection.register("rows_to_write", rows)
            connection.execute(f"create table {SCHEMA}.{quoted(table)} as select * from rows_to_write")
            connection.unregister("rows_to_write")
            seals.append(seal_of(f"{SCHEMA}.{table}", as_frame(rows)))
        _write_notes(connection, release, meta, seals)
        connection.execute("use memory; detach file")
    return seals


def as_frame(rows: pa.Table) -> pl.DataFrame:
    """The rows as seals are made of them."""
    import polars as pl

    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _rows(release: Release, table: str) -> pa.Table:
    return release.connection.sql(f"select * from {SCHEMA}.{quoted(table)} order by all").to_arrow_table()


def _write_notes(connection: duckdb.DuckDBPyConnection, release: Release, meta: SiteMeta, seals: list[Seal]) -> None:
    listed = [(seal.table, seal.rows, seal.sha256, seal.as_json()) for seal in seals]
    connection.execute(f"create table {SEALS} (table_name varchar, row_count bigint, sha256 varchar, seal varchar)")
    if listed:
        connection.execute(
            f"insert into {SEALS} select unnest(?), unnest(?), unnest(?), unnest(?)",
            [list(column) for column in zip(*listed, strict=True)],
        )
    about = {
        "release_id": meta.release_id,
        "as_of_on": meta.as_of_on.isoformat(),
        "reporting_currency": meta.reporting_currency,
        "fx_baseline_on": meta.fx_baseline_on.isoformat(),
        "reader": release.principal.name,
        "content_sha256": content_hash(seals),
    }
    connection.execute(f"create table {ABOUT} (name varchar, value varchar)")
    connection.execute(f"insert into {ABOUT} select unnest(?), unnest(?)", [list(about), list(about.values())])


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
