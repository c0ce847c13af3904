"""The Great Expectations suites, run as the audit runs them: in the child process, on a warehouse file."""

from pathlib import Path

import duckdb
import pytest

from pipelines.audit.checks import Check, blocking
from pipelines.audit.expectations import ExpectationsProcess

CLIENT = {
    "client_id": "'c1'",
    "client_name": "'One'",
    "arr_cc": "10.00::decimal(18, 2)",
    "tier": "'tail'",
    "am_id": "'a'",
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
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, columns in tables.items():
            selected = ", ".join(f"{value} as {column}" for column, value in columns.items())
            connection.execute(f"create table marts.{name} as select {selected}")
    return path


def validate(path: Path) -> list[Check]:
    with ExpectationsProcess() as expectations:
        return expectations.validate(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[Check]:
    return validate(warehouse(tmp_path_factory.mktemp("sound") / "warehouse.duckdb"))


def test_a_sound_warehouse_passes_every_suite(sound: list[Check]) -> None:
    assert {check.suite for check in sound} == {"dim_clients", "fct_arr", "rpt_retention"}
    assert [check for check in sound if not check.passed] == []


def test_impossible_values_are_caught_by_name_and_explained(tmp_path: Path) -> None:
    checks = blocking(validate(warehouse(tmp_path / "warehouse.duckdb", arr="-1", nrr="0.9", grr="1.2")))
    assert {check.name for check in checks} == {
        "arr_is_positive",
        "grr_is_between_0_and_100_percent",
        "nrr_is_at_least_grr",
    }
    assert all(check.message for check in checks)


def test_a_suite_that_cannot_run_is_an_error_and_not_a_pass(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="does not exist"), ExpectationsProcess() as expectations:
        expectations.validate(tmp_path / "none.duckdb")


def test_a_child_that_was_never_asked_is_ended() -> None:
    with ExpectationsProcess() as expectations:
        expectations.warm_up()
        child = expectations._child
    assert child is not None
    assert child.poll() is not None
