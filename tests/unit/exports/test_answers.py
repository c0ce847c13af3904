"""The answer to a person's own SQL as a file: exact, typed, safe in a spreadsheet, and whole or not at all."""

import datetime as dt
import io
import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from pipelines.errors import UserError
from pipelines.exports import answers
from pipelines.exports.answers import ENDINGS, format_of, write_answer
from pipelines.exports.kinds import Format
from pipelines.serving import Release, open_release
from tests.small_company import command, environment

MANIFEST = {"release_id": "r1", "published_at": "2026-10-02T03:00:00Z", "identity": {"as_of_on": "2026-09-30"}}
ROWS = """from (values
    ('c1', '=1+1', 1234.50::decimal(18, 2), date '2026-09-30', timestamp '2026-09-30 12:30:00', true, 7),
    ('c2', '-minus', -5.00, null, null, false, null)
) as t(client_id, client_name, arr_cc, month, seen_at, is_active, clients)"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "current"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.dim_clients as select 'c1' as client_id")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    return tmp_path / "home"


@pytest.fixture
def release(home: Path) -> Iterator[Release]:
    with open_release(home) as opened:
        yield opened


def cells(path: Path, sheet: str = "Answer") -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()


def test_a_workbook_has_cells_of_their_types_and_says_what_was_asked(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "answer.xlsx"
    assert write_answer(release, f"{ROWS} order by client_id", Format.XLSX, path) == "2 rows"
    head, first, second = cells(path)
    assert head == ["client_id", "client_name", "arr_cc", "month", "seen_at", "is_active", "clients"]
    noon = dt.datetime.fromisoformat("2026-09-30T12:30")
    assert first == ["c1", "=1+1", 1234.5, dt.date(2026, 9, 30), noon, True, 7.0]
    assert second == ["c2", "-minus", -5.0, "", "", False, ""]
    about = {row[0]: row[1] for row in cells(path, "About")}
    assert about["Statement"] == f"{ROWS} order by client_id"
    assert (about["Release"], about["Data as of"], about["Rows"]) == ("r1", "2026-09-30", "2 rows")


def test_no_cell_of_a_workbook_is_a_formula_and_such_text_stays_text_when_edited(
    release: Release, tmp_path: Path
) -> None:
    from zipfile import ZipFile

    path = tmp_path / "answer.xlsx"
    write_answer(release, "select unnest(['=1+1', '+1', '-1', '@x', 'plain']) as x", Format.XLSX, path)
    with ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count(' s="2"') == 4 and 'quotePrefix="1"' in styles


def test_what_a_worksheet_would_round_or_shift_is_text(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "answer.xlsx"
    write_answer(
        release,
        """select 1234567890123456789 as id, 12345678901234.567::decimal(20, 3) as much, 100000000000000000000 as round,
        0.12345678::decimal(28, 8) as rate, date '1899-12-31' as old, 'nan'::double as none,
        timestamptz '2026-09-30 12:00:00+00' as zoned, {'a': 1} as nested""",
        Format.XLSX,
        path,
    )
    found = dict(zip(*cells(path), strict=True))
    assert found["id"] == "1234567890123456789" and found["much"] == "12345678901234.567"
    assert (found["round"], found["rate"], found["none"]) == (1e20, 0.12345678, "")
    assert found["old"] == "1899-12-31" and found["zoned"].startswith("2026-09-30") and found["nested"] == '{"a": 1}'


def test_parquet_keeps_the_types(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    write_answer(release, f"{ROWS} order by client_id", Format.PARQUET, path)
    table = pq.read_table(path)
    assert table.schema.field("arr_cc").type == pa.decimal128(18, 2)
    assert table["arr_cc"].to_pylist() == [Decimal("1234.50"), Decimal("-5.00")]
    assert table["month"].to_pylist() == [dt.date(2026, 9, 30), None]
    assert table.schema.metadata[b"tenure_release"] == b"r1"


def test_an_empty_answer_keeps_its_columns(release: Release, tmp_path: Path) -> None:
    for name in ("a.parquet", "a.xlsx", "a.csv"):
        write_answer(release, f"{ROWS} where false", format_of(tmp_path / name), tmp_path / name)
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
    assert cells(tmp_path / "a.xlsx")[0][0] == "client_id"
    assert (tmp_path / "a.csv").read_text().startswith("client_id,client_name,")


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_answer_is_the_same_bytes(release: Release, tmp_path: Path, ending: str) -> None:
    first, second = tmp_path / f"first{ending}", tmp_path / f"second{ending}"
    for path in (first, second):
        write_answer(release, f"{ROWS} order by client_id", format_of(path), path)
    assert first.read_bytes() == second.read_bytes() != b""


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_statement_that_fails_half_way_leaves_the_file_of_before(
    release: Release, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"answer{ending}"
    path.write_text("of before")
    failing = "select case when i < 200000 then i else error('too far') end as i from range(200001) as t(i)"
    with pytest.raises(UserError, match="too far"):
        write_answer(release, failing, format_of(path), path, limit=200_001)
    assert path.read_text() == "of before"
    assert sorted(found.name for found in tmp_path.iterdir()) == [path.name, "home"]


def test_places_that_no_answer_may_replace(release: Release, tmp_path: Path) -> None:
    for path, said in (
        (Path("/dev/null"), "no file that an answer could replace"),
        (tmp_path, "no file that an answer could replace"),
        (tmp_path / "nowhere" / "answer.csv", "no such folder"),
        (Path("/proc/answer.csv"), "cannot be written"),
    ):
        with pytest.raises(UserError, match=said):
            write_answer(release, "select 1", Format.CSV, path)
    assert Path("/dev/null").is_char_device()


def test_a_table_with_more_rows_than_a_worksheet_is_refused(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_ROWS", 10)
    assert write_answer(release, "select * from range(10)", Format.XLSX, tmp_path / "a.xlsx") == "10 rows"
    with pytest.raises(UserError, match="11 rows or more; a worksheet takes 10"):
        write_answer(release, "select * from range(11)", Format.XLSX, tmp_path / "b.xlsx")
    assert not (tmp_path / "b.xlsx").exists()


def test_a_text_longer_than_a_cell_is_refused_and_not_cut(release: Release, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="row 1, column x: a text of 32,768 characters"):
        write_answer(release, "select repeat('a', 32768) as x", Format.XLSX, tmp_path / "a.xlsx")


def test_a_type_that_parquet_does_not_have_is_said(release: Release, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a type that Parquet does not know"):
        write_answer(release, "select interval 1 day as x", Format.PARQUET, tmp_path / "a.parquet")


def test_a_file_name_that_says_no_format_is_refused() -> None:
    with pytest.raises(UserError, match="does not say what the file is to be"):
        format_of(Path("answer.pdf"))


def sql(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command("sql", *arguments, "--home", str(home)), env=environment(), capture_output=True, timeout=120
    )


def test_the_command_writes_into_a_pipe_and_into_a_file(home: Path, tmp_path: Path) -> None:
    statement = f"select client_id, arr_cc {ROWS} order by client_id"
    for form in (Format.CSV, Format.PARQUET):
        piped = sql(home, statement, "--format", form)
        assert (piped.returncode, piped.stderr) == (0, b""), form
        ending = next(ending for ending, known in ENDINGS.items() if known is form)
        path = tmp_path / f"answer{ending}"
        written = sql(home, statement, "--out", str(path))
        assert (written.returncode, written.stdout) == (0, b""), form
        assert b"2 rows" in written.stderr
        assert path.read_bytes() == piped.stdout
    assert pq.read_table(io.BytesIO((tmp_path / "answer.parquet").read_bytes()))["arr_cc"][0].as_py() == Decimal(
        "1234.50"
    )
    assert (tmp_path / "answer.csv").read_text() == "client_id,arr_cc\nc1,1234.50\nc2,-5.00\n"


def test_the_command_refuses_a_binary_format_on_a_terminal_and_a_person_nobody_knows(home: Path) -> None:
    import pty

    _, theirs = pty.openpty()
    refused = subprocess.run(
        command("sql", "select 1", "--format", "xlsx", "--home", str(home)),
        env=environment(), stdout=theirs, stderr=subprocess.PIPE, timeout=120,
    )  # fmt: skip
    assert refused.returncode == 2 and b"a terminal cannot show xlsx" in refused.stderr
    unknown = sql(home, "select 1", "--as", "ann")
    assert unknown.returncode == 2 and b"there is no access.toml" in unknown.stderr
    (home / "access.toml").write_text('[[people]]\nlogin = "ann"\nrole = "am"\nam_id = "am-1"\n')
    unknown = sql(home, "select 1", "--as", "bob")
    assert unknown.returncode == 2 and b"nobody 'bob'" in unknown.stderr
