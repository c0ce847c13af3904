"""Every row of every file is accounted for; each way to lose or double one is caught by name."""

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.audit.accounting import account, counts_in_ledger, every_row_is_accounted_for
from pipelines.audit.checks import blocking

LOAD = "00000001-aaaaaaaaaaaa"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """One load: 5 invoices read = 3 landed + 1 duplicate + 1 quarantined."""
    (tmp_path / "_ledger").mkdir()
    (tmp_path / "invoices").mkdir()
    parquet = write_rows(tmp_path, 3)
    write_entry(tmp_path, parquet_sha256=hashlib.sha256(parquet.read_bytes()).hexdigest())
    return tmp_path


def write_rows(lake: Path, rows: int) -> Path:
    parquet = lake / "invoices" / f"{LOAD}.parquet"
    duckdb.sql(f"select range as _line_number from range({rows})").write_parquet(str(parquet))
    return parquet


def write_entry(lake: Path, **changes: Any) -> None:
    rows = {"rows_read": 5, "rows_landed": 3, "rows_duplicate": 1, "rows_quarantined": 1, "parquet_sha256": ""}
    entry = {
        "load_id": LOAD,
        "sha256": "a" * 64,
        "file_name": "invoices.csv",
        "entities": {"invoices": {**rows, **changes}},
        "derived": ["invoices_of_lines"],
    }
    (lake / "_ledger" / f"{LOAD}.json").write_text(json.dumps(entry))


def build(load_files: tuple[int, ...] = (5, 3, 1, 1), quarantined: int = 1) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema ops")
    connection.execute(
        f"""create table ops.load_files as select 'invoices.csv' as file_name, '{"a" * 64}' as sha256,
            'invoices' as entity, {load_files[0]} as rows_read, {load_files[1]} as rows_landed,
            {load_files[2]} as rows_duplicate, {load_files[3]} as rows_quarantined"""
    )
    connection.execute(
        f"""create table ops.quarantine as
            select 'invoices.csv' as file_name, 'invoices' as entity from range({quarantined})"""
    )
    return connection


def failed(lake: Path, connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [check.name for check in blocking(account(connection, lake))]


def test_a_sound_build_passes(lake: Path) -> None:
    assert failed(lake, build()) == []


def test_landed_rows_that_the_build_quarantines_are_no_fault(lake: Path) -> None:
    assert failed(lake, build(load_files=(5, 2, 1, 2), quarantined=2)) == []


def test_a_row_lost_at_landing_is_caught(lake: Path) -> None:
    write_entry(lake, rows_read=6)
    check = every_row_is_accounted_for(counts_in_ledger([json.loads((lake / "_ledger" / f"{LOAD}.json").read_text())]))
    assert not check.passed
    assert check.message == "invoices.csv (invoices): 6 read, 3 landed + 1 duplicate + 1 quarantined"


def test_a_row_lost_in_the_build_is_caught(lake: Path) -> None:
    assert failed(lake, build(load_files=(5, 2, 1, 1))) == ["rows_read_are_landed_duplicate_or_quarantined"]


def test_a_load_that_is_not_shown_is_caught(lake: Path) -> None:
    connection = build(quarantined=0)
    connection.execute("delete from ops.load_files")
    assert failed(lake, connection) == ["load_files_agree_with_the_ledger"]


def test_load_files_that_count_other_duplicates_are_caught(lake: Path) -> None:
    assert failed(lake, build(load_files=(5, 4, 0, 1))) == ["load_files_agree_with_the_ledger"]


@pytest.mark.parametrize("shown", [0, 2])
def test_a_quarantined_row_shown_never_or_twice_is_caught(lake: Path, shown: int) -> None:
    assert failed(lake, build(quarantined=shown)) == ["every_quarantined_row_is_shown"]


def test_rows_made_from_counted_ones_are_shown_and_not_counted(lake: Path) -> None:
    connection = build()
    connection.execute("insert into ops.quarantine values ('invoices.csv', 'invoices_of_lines')")
    assert failed(lake, connection) == []


def test_a_lake_file_with_other_rows_is_caught(lake: Path) -> None:
    write_rows(lake, 2)
    assert failed(lake, build()) == ["lake_files_hold_what_was_landed", "lake_files_are_unchanged"]


def test_a_missing_lake_file_is_caught(lake: Path) -> None:
    (lake / "invoices" / f"{LOAD}.parquet").unlink()
    assert failed(lake, build()) == ["lake_files_hold_what_was_landed", "lake_files_are_unchanged"]
