"""A release can be read and nothing else can: the sandbox, frames for notebooks, and answers as text."""

import datetime as dt
import io
import json
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pipelines.errors import UserError
from pipelines.serving import Release, open_release
from pipelines.serving.query import BATCH, BLOCK, Answer, ask, read
from pipelines.serving.rendering import TEXTS, as_table, natural_width


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


def run_sql(release: Release, text: str, form: str = "table", limit: int | None = None) -> str:
    if form == "table":
        return as_table(ask(release, text, limit))
    written = io.StringIO()
    TEXTS[form](read(release, text, limit), written)
    return written.getvalue()


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


def test_a_limit_that_makes_no_sense_is_refused(release: Release) -> None:
    with pytest.raises(UserError, match="limit"):
        run_sql(release, "select 1", limit=0)


def test_reading_statements_of_every_shape_are_welcome(release: Release) -> None:
    for statement in ("describe marts.dim_clients", "show all tables", "from marts.dim_clients", "explain select 1"):
        assert run_sql(release, statement)


@pytest.mark.parametrize("query", ["marts.dim_clients", "from marts.dim_clients", " select * from marts.dim_clients "])
def test_a_table_or_a_query_is_a_frame_with_exact_amounts(release: Release, query: str) -> None:
    frame = release.polars(query)
    assert frame.schema["arr_cc"] == pl.Decimal(18, 2)
    assert frame["arr_cc"].to_list() == [Decimal("120000.50"), Decimal("-5.00"), None]
    assert release.arrow(query).schema.field("arr_cc").type == pa.decimal128(18, 2)


def test_frames_take_parameters_by_place_and_by_name(release: Release) -> None:
    assert release.polars("select client_id from marts.dim_clients where am_id = ?", ["am2"]).item() == "c2"
    assert release.arrow("select $day::date as day", {"day": "2026-09-30"}).to_pylist() == [
        {"day": dt.date(2026, 9, 30)}
    ]


def test_pandas_gets_exact_amounts_too(release: Release) -> None:
    frame = release.pandas("marts.dim_clients")
    assert isinstance(frame, pd.DataFrame)
    assert frame["arr_cc"].sum() == Decimal("119995.50")


def test_without_pandas_a_frame_of_it_says_what_to_do(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UserError, match="pandas is not installed") as told:
        release.pandas("marts.dim_clients")
    assert "polars" in str(told.value)


@pytest.mark.parametrize(
    "statement", ["drop table marts.dim_clients", "select 1; select 2", "from read_text('/etc/hosts')"]
)
def test_a_frame_is_of_one_statement_that_reads(release: Release, statement: str) -> None:
    with pytest.raises(UserError):
        release.polars(statement)


def test_two_columns_of_one_name_are_refused_where_one_would_be_lost(release: Release) -> None:
    with pytest.raises(UserError, match="two columns are called 'a'"):
        release.polars("select 1 as a, 2 as a")
    with pytest.raises(UserError, match="two columns are called 'a'"):
        run_sql(release, "select 1 as a, 2 as a", "json")
    assert run_sql(release, "select 1 as a, 2 as a", "csv") == "a,a\n1,2\n"


def test_a_home_is_opened_by_its_current_release(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "releases").mkdir(parents=True)
    (home / "current").symlink_to(folder)
    with open_release(home) as opened:
        assert opened.manifest["release_id"] == "r1"


def test_rows_come_in_blocks_and_nobody_waits_for_the_last(release: Release) -> None:
    """This many rows would never end, and never fit, if they were made before the first is given."""
    endless = "select * from range(1000000000000)"
    assert len(next(read(release, endless).blocks())) == BLOCK
    assert next(read(release, endless).batches()[1]).num_rows == BATCH


@pytest.mark.parametrize("limit", [1, BATCH - 1, BATCH, BATCH + 1, 250_000, 300_000])
def test_a_limit_holds_across_blocks_and_batches(release: Release, limit: int) -> None:
    statement = "select * from range(250000)"
    rows = read(release, statement, limit)
    assert sum(len(block) for block in rows.blocks()) == rows.count == min(limit, 250_000)
    batched = read(release, statement, limit)
    assert [table.num_rows for table in batched.batches()[1]][:-1] == [BATCH] * ((min(limit, 250_000) - 1) // BATCH)
    assert (batched.count, batched.is_cut, rows.is_cut) == (rows.count, limit < 250_000, limit < 250_000)


def test_decimals_keep_their_digits_in_csv(release: Release) -> None:
    text = run_sql(release, "select 0::decimal(18, 8) as none, 100::decimal(18, 2) as some", "csv")
    assert text == "none,some\n0.00000000,100.00\n"


def test_markdown_is_a_table_whatever_stands_in_it(release: Release) -> None:
    text = run_sql(release, "select 'a|b' as \"x\", '<b>' || chr(10) || '*c*' as y, 1.50 as z, null as n", "markdown")
    assert text == "| x | y | z | n |\n| --- | --- | ---: | ---: |\n| a\\|b | \\<b> \\*c\\* | 1.50 |  |\n"


def test_json_of_no_rows_is_a_list(release: Release) -> None:
    assert json.loads(run_sql(release, "select 1 as a where false", "json")) == []


def test_a_table_folds_words_before_ids_and_never_numbers() -> None:
    answer = Answer(
        ["id", "words", "amount"], [("0012345678901234", "many words that can be folded", Decimal("1234567.89"))]
    )
    assert as_table(answer, 50) == (
        "id                words                     amount\n"
        "────────────────  ────────────────────  ──────────\n"
        "0012345678901234  many words that can   1234567.89\n"
        "                  be folded\n"
        "1 row\n"
    )


def test_a_table_too_wide_for_the_terminal_becomes_lists() -> None:
    answer = Answer([f"column_{number}" for number in range(9)], [tuple(range(9)), (*range(8), None)])
    text = as_table(answer, 40)
    assert "── row 2 ──" in text and "column_8  ·" in text
    assert natural_width(text) <= 40 < natural_width(as_table(answer))


def test_wide_letters_take_two_places() -> None:
    first, _, second, _ = as_table(Answer(["name", "n"], [("東京", 1)])).splitlines()
    assert (first, second) == ("name  n", "東京  1")


def test_a_plan_keeps_its_lines(release: Release) -> None:
    assert "\n               │" in run_sql(release, "explain select count(*) from marts.dim_clients")
