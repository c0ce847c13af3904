"""The Great Expectations suites, run as the audit runs them: in the child process, on a warehouse file."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.audit.checks import Check, blocking, warnings
from pipelines.audit.expectations import RESULTS_NAME, SUITES, ExpectationsProcess

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


def test_a_suite_that_cannot_run_is_an_error_and_not_a_pass(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="does not exist"), ExpectationsProcess() as expectations:
        expectations.validate(tmp_path / "none.duckdb")


def test_a_child_that_was_never_asked_is_ended() -> None:
    with ExpectationsProcess() as expectations:
        expectations.warm_up()
        child = expectations._child
    assert child is not None
    assert child.poll() is not None
