"""A release can be read and nothing else can: the sandbox, and the answers of `tenure sql`."""

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.serving.query import run_sql
from pipelines.serving.release import Release, open_release


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("""
            create table marts.dim_clients as from (values
                ('c1', 'Acme', 'am1', 120000.50::decimal(18, 2)),
                ('c2', '=cmd|'' /C calc''!A0', 'am2', -5.00::decimal(18, 2)),
                ('c3', 'Wide [red]' || chr(27) || '[2J', null, null)
            ) as t(client_id, client_name, am_id, arr_cc)
        """)
    (tmp_path / "manifest.json").write_text('{"release_id": "r1"}', encoding="utf-8")
    return tmp_path


@pytest.fixture
def release(folder: Path):
    with open_release(folder) as opened:
        yield opened


def test_rows_come_typed_and_take_parameters(release: Release) -> None:
    rows = release.rows("select client_name, arr_cc from marts.dim_clients where client_id = ?", ["c1"])
    assert rows.to_dicts() == [{"client_name": "Acme", "arr_cc": Decimal("120000.50")}]


def test_the_manifest_is_read_and_a_build_without_one_has_an_empty_one(folder: Path, release: Release) -> None:
    assert release.manifest == {"release_id": "r1"}
    (folder / "manifest.json").unlink()
    with open_release(folder / "warehouse.duckdb") as build:
        assert build.manifest == {}


def test_a_release_stays_itself_when_current_moves(folder: Path, tmp_path: Path) -> None:
    current = tmp_path / "current"
    current.symlink_to(folder)
    with open_release(current) as opened:
        assert opened.warehouse == (folder / "warehouse.duckdb").resolve()


def test_no_release_is_said_not_thrown_as_a_database_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no published release"):
        open_release(tmp_path)
    (tmp_path / "warehouse.duckdb").write_bytes(b"not a database")
    with pytest.raises(UserError, match="cannot be opened"):
        open_release(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from glob('/*')",
        "attach '/tmp/other.duckdb'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "copy marts.dim_clients to '/tmp/leak.csv'",
        "create table marts.mine as select 1",
        "explain analyze create table marts.mine as select 1",
    ],
)
def test_the_connection_itself_refuses_to_leave_the_release(release: Release, statement: str) -> None:
    with pytest.raises(duckdb.Error):
        release.connection.execute(statement).fetchall()
    with pytest.raises(UserError):
        run_sql(release, statement)


def test_a_query_cannot_see_variables_of_the_calling_code(release: Release) -> None:
    frame = release.rows("select 1 as secret")
    assert frame.height == 1
    with pytest.raises(UserError, match="frame does not exist"):
        run_sql(release, "select * from frame")


def test_reading_leaves_nothing_beside_the_warehouse(folder: Path, release: Release) -> None:
    before = sorted(folder.iterdir())
    release.rows("select sum(i * i) as total from range(3000000) as t(i)")
    assert sorted(folder.iterdir()) == before


def test_csv_disarms_text_and_leaves_numbers_alone(release: Release) -> None:
    text = run_sql(release, "select client_name, arr_cc from marts.dim_clients where client_id = 'c2'", "csv")
    assert text == "client_name,arr_cc\n'=cmd|' /C calc'!A0,-5.00\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_each_start_of_a_formula_is_disarmed(release: Release, start: str) -> None:
    quoted = f"'{start}1'"
    assert f"'{start}1" in run_sql(release, f"select {quoted} as value", "csv")


def test_json_keeps_every_digit_and_is_valid(release: Release) -> None:
    text = run_sql(
        release,
        """select 1234567890123456.78::decimal(18, 2) as money, date '2026-09-30' as day, 'nan'::double as none,
        [1.5] as l""",
        "json",
    )
    assert '"money": 1234567890123456.78' in text
    assert json.loads(text)[0] | {"money": 0} == {"money": 0, "day": "2026-09-30", "none": None, "l": [1.5]}


def test_the_table_shows_the_data_as_text_and_says_when_rows_are_left_off(release: Release) -> None:
    text = run_sql(release, "select client_name from marts.dim_clients order by client_id desc", limit=1)
    assert "Wide [red]" in text
    assert "\x1b" not in text
    assert "first 1 row; there are more" in text


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("", "no statement"),
        ("select 1; select 2", "one statement at a time"),
        ("delete from marts.dim_clients", "read-only, and this is a DELETE"),
        ("selec 1", "syntax error"),
        ("select * from marts.nothing", "does not exist"),
        ("select * from read_csv('/etc/passwd')", "nothing else"),
    ],
)
def test_what_cannot_be_answered_is_explained(release: Release, statement: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        run_sql(release, statement)


def test_a_format_that_does_not_exist_and_a_limit_that_makes_no_sense(release: Release) -> None:
    with pytest.raises(UserError, match="unknown format"):
        run_sql(release, "select 1", "xml")
    with pytest.raises(UserError, match="limit"):
        run_sql(release, "select 1", limit=0)


def test_reading_statements_of_every_shape_are_welcome(release: Release) -> None:
    for statement in ("describe marts.dim_clients", "show all tables", "from marts.dim_clients", "explain select 1"):
        assert run_sql(release, statement)
