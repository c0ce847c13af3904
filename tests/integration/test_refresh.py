"""From files in an inbox to a published release, by the command a user types."""

import json
import sqlite3
from pathlib import Path

import duckdb
import pytest

from pipelines.exports.files import read_manifest as read_exports
from pipelines.exports.verify import Status, verify
from pipelines.release.manifest import changed_exports, read_manifest
from tests.small_company import FILES, INVOICES, LINES, refresh, tenure, write_inbox


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one release."""
    folder = tmp_path_factory.mktemp("company")
    write_inbox(folder)
    first = refresh(folder)
    assert first.returncode == 0, first.stderr
    (folder / "first.txt").write_text(first.stdout)
    return folder


def rows(home: Path, query: str) -> list[dict[str, object]]:
    answer = tenure(home, "sql", query, "--format", "json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def live(home: Path) -> str:
    return (home / "current").readlink().name


def test_the_headline_says_the_companys_numbers(home: Path) -> None:
    shown = (home / "first.txt").read_text()
    assert "USD 1,200 from 1 client at the end of 2025-06" in shown
    assert "NRR T12M     66.7 %" in shown
    assert live(home) in shown
    assert "10 rows = 10 landed + 0 duplicate + 0 quarantined" in shown


def test_the_release_holds_its_exports_and_the_manifest_each_of_their_files(home: Path) -> None:
    manifest = read_manifest(home / "current")
    assert manifest.exports is not None
    assert {"exports.json", "finance.xlsx", "parquet/rpt_retention.parquet"} <= set(manifest.exports)
    assert changed_exports(home / "current", manifest) == []
    files = [home / "current" / "exports" / name for name in manifest.exports if name != "exports.json"]
    assert {verify(file).status for file in files} == {Status.INTACT}
    assert {verify(file).release_id for file in files} == {live(home)}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o444}
    exported = read_exports(home / "current" / "exports")
    assert exported is not None
    rows_of = {seal.table: seal.rows for file in exported.files if file.kind == "parquet" for seal in file.tables}
    assert rows_of == {table: rows for table, rows in manifest.row_counts.items() if table.startswith("marts.")}


def test_the_release_holds_its_warehouse_manifest_and_dashboard(home: Path) -> None:
    manifest = json.loads((home / "current" / "manifest.json").read_text())
    assert manifest["release_id"] == live(home)
    assert manifest["row_counts"]["marts.dim_clients"] == 2
    assert (home / "current" / "dashboard" / "index.html").stat().st_size > 10_000
    assert not list((home / "builds").iterdir())


def test_checks_and_publications_are_in_the_warehouse(home: Path) -> None:
    suites = rows(home, "select suite, bool_and(passed) as passed from ops.checks group by suite order by suite")
    assert {row["suite"] for row in suites} >= {"dbt", "row_accounting", "fct_arr", "rpt_retention", "dim_clients"}
    assert all(row["passed"] for row in suites)
    (publication,) = rows(home, "select publication_id, as_of_on from ops.publications")
    assert publication == {"publication_id": live(home), "as_of_on": "2025-06-30"}


def test_the_run_is_in_dagsters_history(home: Path) -> None:
    with sqlite3.connect(home / "dagster" / "history" / "runs.db") as connection:
        found = connection.execute("select pipeline_name, status from runs").fetchall()
    assert ("nightly_refresh", "SUCCESS") in found


def test_nothing_new_is_said_and_nothing_is_built(home: Path) -> None:
    before = live(home)
    again = refresh(home)
    assert again.returncode == 0
    assert "Nothing new" in again.stdout
    assert live(home) == before


def test_a_blocked_refresh_names_the_check_and_publishes_nothing(home: Path) -> None:
    before = live(home)
    lake_file = next((home / "lake" / "users").glob("*.parquet"))
    original = next(path for path in (home / "lake" / "_archive").iterdir() if path.read_text() == FILES["users.csv"])
    landed = lake_file.read_bytes()
    original.unlink()  # else the lake would be healed from it
    duckdb.read_parquet(str(lake_file)).write_parquet(str(lake_file) + ".other", compression="gzip")
    Path(f"{lake_file}.other").replace(lake_file)  # the same rows in other bytes: only the hash can tell
    try:
        blocked = refresh(home, "--force")
    finally:
        lake_file.write_bytes(landed)
        original.write_text(FILES["users.csv"])
    assert blocked.returncode == 3, blocked.stderr
    assert f"row_accounting.lake_files_are_unchanged: {lake_file} is not the file that was landed" in blocked.stderr
    assert "nothing was published" in blocked.stderr
    assert live(home) == before
    (kept,) = (home / "builds").iterdir()
    assert "lake_files_are_unchanged" in (kept / "BLOCKED.md").read_text()


@pytest.mark.slow  # refreshes as processes
def test_a_new_file_makes_a_new_release_and_rollback_undoes_it(home: Path) -> None:
    before = live(home)
    write_inbox(
        home,
        invoices_2=INVOICES.splitlines()[0] + "\ni4,two,invoice,open,USD,2025-06-01,2025-06-30,\n",
        invoice_lines_2=LINES.splitlines()[0] + "\nl4,i4,Platform,600.00,2025-06-01,2025-11-30\nl5,i4,Platform,x,,\n",
    )
    second = refresh(home)
    assert second.returncode == 0, second.stderr
    assert "3 rows = 2 landed + 0 duplicate + 1 quarantined" in second.stdout
    assert "'x'" in second.stdout
    assert "from 2 clients" in second.stdout
    after = live(home)
    assert [row["publication_id"] for row in rows(home, "from ops.publications order by published_at")] == [
        before,
        after,
    ]
    assert tenure(home, "rollback", before).returncode == 0
    assert live(home) == before
    assert tenure(home, "rollback", after[-8:]).returncode == 0
    assert f"* {after}" in tenure(home, "releases").stdout


@pytest.mark.slow  # four refreshes as processes
def test_a_person_can_publish_over_an_anomaly_and_the_release_says_so(home: Path) -> None:
    before = live(home)
    (home / "policy").mkdir()
    limits = "check_name,severity,limit_value,minimum_base,valid_from\narr,block,0.01,0,2000-01-01\n"
    (home / "policy" / "check_limits.csv").write_text(limits)
    write_inbox(
        home,
        invoices_3=INVOICES.splitlines()[0] + "\ni9,one,invoice,open,USD,2025-06-01,2025-06-30,\n",
        invoice_lines_3=LINES.splitlines()[0] + "\nl9,i9,Platform,6000.00,2025-06-01,2025-11-30\n",
    )
    blocked = refresh(home)
    assert blocked.returncode == 3, blocked.stderr
    assert f'tenure release --accept anomalies.arr --reason "..." --home {home}' in blocked.stderr
    assert live(home) == before
    assert tenure(home, "release", "--accept", "anomalies.arr", "--reason", " ").returncode == 2
    assert tenure(home, "release", "--accept", "anomalies.nrr", "--reason", "it is right").returncode == 2
    accepted = tenure(home, "release", "--accept", "anomalies.arr", "--reason", "a new contract, signed in June")
    assert accepted.returncode == 0, accepted.stderr
    assert "a new contract, signed in June" in accepted.stdout
    assert changed_exports(home / "current", read_manifest(home / "current")) == []
    assert verify(home / "current" / "exports" / "finance.xlsx").release_id == live(home)
    assert live(home) != before
    (row,) = rows(home, "select publication_id, check_name, reason from ops.acceptances")
    assert row == {
        "publication_id": live(home),
        "check_name": "anomalies.arr",
        "reason": "a new contract, signed in June",
    }
    (check,) = rows(home, "select passed, is_accepted from ops.checks where suite = 'anomalies' and check_name = 'arr'")
    assert check == {"passed": False, "is_accepted": True}
    assert "a new contract, signed in June" in (home / "current" / "audit" / "index.html").read_text()
    assert json.loads((home / "current" / "manifest.json").read_text())["acceptances"][0]["check"] == "anomalies.arr"
    assert "Nothing new" in refresh(home).stdout
    assert tenure(home, "release", "--accept", "anomalies.arr", "--reason", "again").returncode == 2


def test_an_empty_inbox_is_explained(tmp_path: Path) -> None:
    answer = refresh(tmp_path)
    assert answer.returncode == 2
    assert "the inbox is empty" in answer.stderr
    assert "tenure demo" in answer.stderr


@pytest.mark.slow  # refreshes as processes
def test_files_that_cannot_be_used_are_named_and_stop_nobody(tmp_path: Path) -> None:
    write_inbox(tmp_path, opportunities='opportunity_id,name\n"o1,never closed\n', weather="day,rain\n1,2\n")
    (tmp_path / "inbox" / "contacts.csv").symlink_to(tmp_path / "nowhere.csv")
    answer = refresh(tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "weather.csv" in answer.stdout
    assert "opportunities.csv" in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr
    left = {path.name for path in (tmp_path / "inbox").iterdir()}
    assert left == {*FILES, "contacts.csv", "opportunities.csv", "weather.csv"}
    refused = tenure(
        tmp_path, "sql", "select finding_key from ops.findings where code = 'file_refused'", "--format", "csv"
    )
    assert refused.stdout == "finding_key\nopportunities.csv\n", refused.stderr
