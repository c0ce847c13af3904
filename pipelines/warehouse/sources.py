"""What dbt finds in a fresh build: the lake's Parquet, the run's settings, holidays, the bundled rates, policy.

Nothing is computed here that a model could compute.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.engine import CONFIG
from pipelines.landing.entities import ENTITIES
from pipelines.privacy.pseudonyms import key_of
from pipelines.settings import Settings
from pipelines.warehouse.personal import FOLDER, quarantine_without_persons, without_addresses, without_persons
from pipelines.warehouse.policy import overlays, seeds

STORAGE_VERSION = "v1.5.0"  # readable by DuckDB 1.5 and 2.0; a stale WAL is an error instead of a silent replay
QUARANTINE_COLUMNS = {
    "source": "VARCHAR", "entity": "VARCHAR", "file_name": "VARCHAR", "line_number": "BIGINT", "reason": "VARCHAR",
    "raw": "VARCHAR",
}  # fmt: skip
LEDGER_COLUMNS = {
    "load_seq": "BIGINT", "source": "VARCHAR", "entity": "VARCHAR", "file_name": "VARCHAR", "sha256": "VARCHAR",
    "loaded_at": "TIMESTAMP", "rows_read": "BIGINT", "rows_landed": "BIGINT", "rows_duplicate": "BIGINT",
    "rows_quarantined": "BIGINT", "name_pattern": "VARCHAR",
}  # fmt: skip
FINDING_COLUMNS = {
    "load_seq": "BIGINT", "file_name": "VARCHAR", "code": "VARCHAR", "entity": "VARCHAR", "column": "VARCHAR",
    "value": "VARCHAR", "rows": "BIGINT", "message": "VARCHAR",
}  # fmt: skip


def create_build_file(path: Path, settings: Settings) -> None:
    """A new warehouse file with the schema `lake` (and `policy_overlay`), ready for dbt.

    Raises duckdb.Error where a lake file is damaged.
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {_text(path)} as warehouse (storage_version {_text(STORAGE_VERSION)})")
        connection.execute("use warehouse")
        connection.execute("create schema lake")
        ledger = read_ledger(settings.lake)
        _register_entities(connection, settings, ledger, path.parent / FOLDER)
        _register_ledger(connection, ledger)
        _register_quarantine(connection, settings.lake, ledger)
        _register_settings(connection, settings)
        _register_reference_data(connection)
        _register_policy(connection, settings)


def open_build_file(path: Path, options: Mapping[str, Any], memory_mb: int | None = None) -> duckdb.DuckDBPyConnection:
    """The build's file, as the database `warehouse`. Without a write-ahead log: a build that dies is thrown away.

    `options`: settings of the engine. `memory_mb`: the most that it may take before it spills beside the file; what
    the machine allows (four fifths of its memory) stays the limit where that is less.
    """
    config = {**CONFIG, **options, "temp_directory": str(path.with_name("spill"))}
    connection = duckdb.connect(":memory:", config=config)
    if memory_mb is not None:
        is_more = "select parse_formatted_bytes(current_setting('memory_limit')) > $1"
        if connection.execute(is_more, [memory_mb * 10**6]).fetchone() == (True,):
            connection.execute("set memory_limit = $1", [f"{memory_mb}MB"])
    connection.execute(f"attach {_text(path)} as warehouse (recovery_mode no_wal_writes)")
    connection.execute("use warehouse")
    return connection


def drop_sources(connection: duckdb.DuckDBPyConnection) -> None:
    """A release stands alone: nothing in it refers to the lake, so no view stays either."""
    views = connection.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
    for schema, view in views:
        connection.execute(f'drop view "{schema}"."{view}"')
    connection.execute("drop schema lake cascade")
    connection.execute("drop schema policy_overlay cascade")


def read_ledger(lake: Path) -> list[dict[str, Any]]:
    """All ledger entries, oldest load first."""
    entries = [json.loads(path.read_text(encoding="utf-8")) for path in (lake / "_ledger").glob("*.json")]
    return sorted(entries, key=lambda entry: entry["seq"])


def _register_entities(
    connection: duckdb.DuckDBPyConnection, settings: Settings, ledger: list[dict[str, Any]], folder: Path
) -> None:
    key = key_of(settings.home)
    for name, entity in ENTITIES.items():
        files = lake_files(name, settings.lake, ledger)
        is_gone = is_gone_sql(name, settings.sources, ledger)
        if files:
            listed = ", ".join(_text(path) for path in files)
            query = f"select *, {is_gone} as _is_gone from read_parquet([{listed}], union_by_name = true)"
            query = without_persons(connection, name, query, folder, key)
        else:
            columns = {**entity.sql_schema(), "_is_gone": "BOOLEAN"}
            query = _empty(columns)
        connection.execute(f'create view lake."{name}" as {query}')


def lake_files(entity: str, lake: Path, ledger: Sequence[Mapping[str, Any]]) -> list[Path]:
    """The Parquet files of an entity that the ledger knows: a file without its entry was never landed."""
    return [
        lake / entity / f"{entry['load_id']}.parquet"
        for entry in ledger
        if entity in entry["entities"] or entity in entry.get("derived", [])
    ]


def is_gone_sql(entity: str, sources: Mapping[str, Mapping[str, Any]], ledger: Sequence[Mapping[str, Any]]) -> str:
    """Whether a row's load was replaced by a newer full export, as SQL over `_load_seq`."""
    gone = loads_gone(entity, sources, ledger)
    return f"_load_seq in ({', '.join(map(str, gone))})" if gone else "false"


def loads_gone(entity: str, sources: Mapping[str, Mapping[str, Any]], ledger: Sequence[Mapping[str, Any]]) -> list[int]:
    """Loads whose rows a newer full export replaced: of sources whose setting `full` names the entity."""
    gone = []
    for source, table in sources.items():
        if entity not in table.get("full", []):
            continue
        loads = [e for e in ledger if e["source"] == source and entity in e["entities"]]
        if loads:
            newest = max(loads, key=lambda e: (e.get("exported_at") or e["loaded_at"], e["seq"]))
            gone += [e["seq"] for e in loads if e["run_id"] != newest["run_id"]]
    return gone


def _register_ledger(connection: duckdb.DuckDBPyConnection, ledger: list[dict[str, Any]]) -> None:
    rows = [
        (
            entry["seq"], entry["source"], entity, entry["file_name"], entry["sha256"], entry["loaded_at"],
            counts["rows_read"], counts["rows_landed"], counts["rows_duplicate"], counts["rows_quarantined"],
            name_pattern(entry["file_name"]),
        )
        for entry in ledger
        for entity, counts in entry["entities"].items()
    ]  # fmt: skip
    _create_and_fill(connection, "load_ledger", LEDGER_COLUMNS, rows)
    findings = [
        (
            entry["seq"],
            entry["file_name"],
            *(finding[key] for key in ("code", "entity", "column")),
            *(without_addresses(finding["value"]), finding["rows"], without_addresses(finding["message"])),
        )
        for entry in ledger
        for finding in entry["findings"]
    ]
    _create_and_fill(connection, "landing_findings", FINDING_COLUMNS, [*findings, *_refused_files(ledger)])


def _refused_files(ledger: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Files whose newest version was refused as a whole: numbers may lack what is in them, so it is a finding."""
    newest = {entry["file_name"]: entry for entry in ledger}
    return [
        (
            *(entry["seq"], name, "file_refused", None, None, name, None),
            without_addresses(f"nothing of this file was landed: {entry['refusal']['what']} {entry['refusal']['do']}"),
        )
        for name, entry in newest.items()
        if entry.get("refused")
    ]


def name_pattern(file_name: str) -> str:
    """What files of one kind have in common: `stripe/invoices_2026-05.json` is `stripe/invoices_#-#.json`."""
    return re.sub(r"\d+", "#", file_name.lower())


def _create_and_fill(
    connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: list[tuple[Any, ...]]
) -> None:
    declared = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f"create table lake.{name} ({declared})")
    if rows:
        texts = {column: [None if row[i] is None else str(row[i]) for row in rows] for i, column in enumerate(columns)}
        connection.register("frame", pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String)))
        casts = ", ".join(f'cast("{column}" as {kind})' for column, kind in columns.items())
        connection.execute(f"insert into lake.{name} select {casts} from frame")
        connection.unregister("frame")


def _register_quarantine(connection: duckdb.DuckDBPyConnection, lake: Path, ledger: list[dict[str, Any]]) -> None:
    candidates = [lake / "_quarantine" / f"{entry['load_id']}.parquet" for entry in ledger]
    files = [path for path in candidates if path.exists()]  # most loads have nothing in quarantine
    if files:
        columns = ", ".join(QUARANTINE_COLUMNS)
        query = f"select {columns} from read_parquet([{', '.join(map(_text, files))}], union_by_name = true)"
        query = quarantine_without_persons(query)
    else:
        query = _empty(QUARANTINE_COLUMNS)
    connection.execute(f"create view lake.quarantine_landed as {query}")


def _register_settings(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    connection.execute(
        """create table lake.run_settings as select
            cast(? as date) as as_of_on, cast(? as varchar) as reporting_currency, cast(? as date) as fx_baseline_on,
            cast(? as bigint) as fiscal_year_start_month, cast(? as varchar) as company_time_zone,
            cast(? as varchar) as fx_source""",
        [
            settings.as_of, settings.reporting_currency, settings.fx_baseline_on,
            settings.fiscal_year_start_month, settings.company_time_zone, settings.fx_source,
        ],
    )  # fmt: skip


def _register_reference_data(connection: duckdb.DuckDBPyConnection) -> None:
    from pipelines.landing.connectors.ecb import bundled_rates
    from pipelines.warehouse.holidays import national_holidays

    _create_table(
        connection,
        "fx_rates_bundled",
        bundled_rates(),
        "date::date as date, currency, per_eur::decimal(28, 10) as per_eur",
    )
    countries = connection.execute(
        "select distinct upper(country) from lake.accounts where country is not null"
    ).fetchall()
    holidays = national_holidays([row[0] for row in countries])
    _create_table(connection, "national_holidays", holidays, "country, date::date as date, name")


def _register_policy(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """The company's rows of every seed; a table without rows where it has none, as statements are the same always."""
    frames = overlays(settings.policy)
    connection.execute("create schema policy_overlay")
    for name, seed in seeds().items():
        columns = ", ".join(f'"{column}" {kind}' for column, kind in seed.types.items())
        connection.execute(f'create table policy_overlay."{name}" ({columns})')
        if name in frames:
            connection.register("overlay", frames[name])
            casts = ", ".join(f'cast("{column}" as {kind})' for column, kind in seed.types.items())
            connection.execute(f'insert into policy_overlay."{name}" select {casts} from overlay')
            connection.unregister("overlay")


def _create_table(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, columns: str) -> None:
    connection.register("frame", frame)
    connection.execute(f"create table lake.{name} as select {columns} from frame")
    connection.unregister("frame")


def _empty(columns: dict[str, str]) -> str:
    return "select " + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns.items()) + " where false"


def _text(value: object) -> str:
    """A SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"
