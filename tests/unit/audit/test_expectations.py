"""The Great Expectations suites, run as the audit runs them: in the child process, on a warehouse file."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.audit.checks import Check, blocking, warnings
from pipelines.audit.expectations import DOCS_NAME, RESULTS_NAME, SUITES, ExpectationsProcess

CLIENT = {
    "client_id": "'c1'",
    "client_name": "'One'",
    "arr_cc": "10.00::decimal(18, 2)",
    "tier": "'tail'",
    "am_id": "'a'",
    "billing_currency": "'USD'",
    "health_score": "80",
}
ARR = {
    "client_id": "'c1'",
    "month": "date '2026-01-01'",
    "currency": "'USD'",
    "arr_local": "10.00::decimal(18, 2)",
    "arr_cc": "10.00::decimal(18, 2)",
}
RETENTION = {
    "month": "date '2026-01-01'",
    "segment": "'company'",
    "window_months": "12",
    "nrr_cc": "1.05",
    "grr_cc": "0.95",
    "logo_churn_rate": "0.02",
}


def warehouse(path: Path, arr: str = "10.00", nrr: str = "1.05", grr: str = "0.95") -> Path:
    tables = {
        "dim_clients": CLIENT,
        "fct_arr": {**ARR, "arr_local": f"{arr}::decimal(18, 2)"},
        "rpt_retention": {**RETENTION, "nrr_cc": nrr, "grr_cc": grr},
        "dim_account_managers": {"am_id": "'a'"},
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create schema staging")
        connection.execute("create table staging.stg_run as select date '2026-01-01' as last_month")
        for name, columns in tables.items():
            selected = ", ".join(f"{value} as {column}" for column, value in columns.items())
            connection.execute(f"create table marts.{name} as select {selected}")
    return path


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three of the project's suites: of the tables that `warehouse` writes."""
    folder = tmp_path_factory.mktemp("suites")
    for name in ("dim_clients", "fct_arr", "rpt_retention"):
        shutil.copy(SUITES / f"{name}.json", folder)
    return folder


@pytest.fixture(scope="module")
def child(suites: Path) -> Iterator[ExpectationsProcess]:
    with ExpectationsProcess(suites) as expectations:
        yield expectations


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, child: ExpectationsProcess) -> list[Check]:
    return child.validate(warehouse(tmp_path_factory.mktemp("sound") / "warehouse.duckdb"))


def test_a_sound_warehouse_passes_every_suite(sound: list[Check]) -> None:
    assert {check.suite for check in sound} == {"dim_clients", "fct_arr", "rpt_retention"}
    assert [check for check in sound if not check.passed] == []


def test_impossible_values_are_caught_by_name_and_explained(tmp_path: Path, child: ExpectationsProcess) -> None:
    checks = blocking(child.validate(warehouse(tmp_path / "warehouse.duckdb", arr="-1", nrr="0.9", grr="1.2")))
    assert {check.name for check in checks} == {
        "arr_is_positive",
        "grr_is_between_0_and_100_percent",
        "nrr_is_at_least_grr",
    }
    assert all(check.message for check in checks)
    assert not any(check.acceptable for check in checks)


def test_suites_compare_with_the_releases_before_as_the_policy_says(tmp_path: Path, child: ExpectationsProcess) -> None:
    before = {"values": ["tail", "strategic"], "weights": [0.02, 0.98]}
    values = {"dim_clients": {"rows_least": 10, "tier_shares": before, "divergence_most": 0.1}}
    severities = {"volume": "block", "distribution": "warn"}
    checks = child.validate(warehouse(tmp_path / "warehouse.duckdb"), {"values": values, "severities": severities})
    (lost,), (spread,) = blocking(checks), warnings(checks)
    assert (lost.full_name, lost.observed, lost.acceptable) == ("dim_clients.rows_are_not_lost", "1", True)
    assert (spread.full_name, spread.acceptable) == ("dim_clients.tier_is_spread_as_usual", False)
    unasked = [check for check in checks if check.observed == "nothing to compare with yet"]
    assert {check.full_name for check in unasked} >= {"fct_arr.rows_are_not_lost"}


def test_the_results_hold_no_values_of_rows(tmp_path: Path, child: ExpectationsProcess) -> None:
    child.validate(warehouse(tmp_path / "warehouse.duckdb", arr="-1"), out_dir=tmp_path)
    results = json.loads((tmp_path / RESULTS_NAME).read_text())
    assert {result["suite_name"] for result in results} == {"dim_clients", "fct_arr", "rpt_retention"}
    assert "'c1'" not in str(results)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, child: ExpectationsProcess) -> dict[str, str]:
    """Data Docs by file name: of a warehouse with impossible values, and shares that are not those of before."""
    folder = tmp_path_factory.mktemp("docs")
    before = {"values": ["tail", "strategic"], "weights": [0.02, 0.98]}
    values = {"dim_clients": {"rows_least": 1, "tier_shares": before, "divergence_most": 0.1}}
    parameters = {"values": values, "severities": {"volume": "block", "distribution": "warn"}}
    child.validate(warehouse(folder / "warehouse.duckdb", arr="-1"), parameters, folder)
    return {path.name: path.read_text("utf-8") for path in (folder / DOCS_NAME).iterdir()}


def test_data_docs_have_a_page_a_suite_that_says_what_was_asked_and_observed(pages: dict[str, str]) -> None:
    assert set(pages) == {"index.html", "dim_clients.html", "fct_arr.html", "rpt_retention.html"}
    assert [found in pages["fct_arr.html"] for found in ("arr_is_positive", "critical", '"fas fa-times')] == [True] * 3
    assert "a credit was taken for recurring revenue" in pages["fct_arr.html"]
    assert '"fas fa-times' not in pages["rpt_retention.html"]


def test_data_docs_tell_shares_in_a_table(pages: dict[str, str]) -> None:
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", pages["dim_clients.html"]))
    assert "Value Expected Observed" in words
    assert "strategic 98.00% 0.00% tail 2.00% 100.00%" in words


def test_data_docs_load_nothing_and_have_no_dead_link(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert not re.search(r"<(script|link|img|iframe|object|embed)\b|@import|url\(|https?:|\ssrc=", page), name
        links = set(re.findall(r'href="([^"]*)"', page))
        assert links, name
        assert links <= {*pages, "../index.html"}, name


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExpectationsProcess]:
    """A child whose only suite asks for the mean of a text."""
    suite = {
        "name": "dim_clients",
        "meta": {"table": "marts.dim_clients", "columns": {"address": "'kim@one.example'"}},
        "expectations": [
            {
                "type": "expect_column_mean_to_be_between",
                "kwargs": {"column": "address", "min_value": 1},
                "meta": {"check": "mean_of_a_text", "limit": "volume"},
                "notes": "No <number>.",
            }
        ],
    }
    folder = tmp_path_factory.mktemp("failing")
    (folder / "dim_clients.json").write_text(json.dumps(suite))
    with ExpectationsProcess(folder) as expectations:
        yield expectations


def test_an_exception_cannot_be_accepted_and_what_it_quotes_is_masked(
    tmp_path: Path, failing: ExpectationsProcess
) -> None:
    parameters = {"values": {}, "severities": {"volume": "block"}}
    (check,) = failing.validate(warehouse(tmp_path / "warehouse.duckdb"), parameters, tmp_path)
    assert (check.is_blocking, check.acceptable) == (True, False)
    page = (tmp_path / DOCS_NAME / "dim_clients.html").read_text()
    assert "raised an exception" in page
    assert "No &lt;number&gt;." in page
    assert "kim@" not in page + (tmp_path / RESULTS_NAME).read_text()


def test_a_suite_that_cannot_run_is_an_error_and_not_a_pass(tmp_path: Path, failing: ExpectationsProcess) -> None:
    with pytest.raises(RuntimeError, match="does not exist"):
        failing.validate(tmp_path / "none.duckdb")


def test_a_child_that_was_never_asked_is_ended() -> None:
    with ExpectationsProcess() as expectations:
        expectations.warm_up()
        child = expectations._child
    assert child is not None
    assert child.poll() is not None
