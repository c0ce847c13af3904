"""The graph is pinned: a decorator in the wrong module, or a renamed step, does not vanish silently."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.assemble import build_definitions, read_dbt_manifest
from pipelines.defs.jobs import JOB, SCHEDULE
from pipelines.settings import PROJECT_ROOT, Settings

HEAVY = {"great_expectations", "polars", "pandas", "plotly", "duckdb", "dbt.cli.main"}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    settings = Settings(
        home=tmp_path_factory.mktemp("home"), as_of=dt.date(2026, 1, 31), company_time_zone="Asia/Tokyo"
    )
    return build_definitions(settings)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetSelection:
    return definitions.resolve_asset_graph()


def key(*path: str) -> dg.AssetKey:
    return dg.AssetKey(list(path))


def test_the_flow_is_the_architectures_picture(graph) -> None:
    parents = {node: graph.get(node).parent_keys for node in graph.get_all_asset_keys()}
    assert parents[key("lake", "invoices")] == {key("inbox")}
    assert key("lake", "contracts") in parents[key("staging", "stg_contracts")]
    assert {key("marts", "rpt_retention"), key("ops", "load_files")} <= parents[key("audit", "checks")]
    assert parents[key("release", "warehouse")] == {key("audit", "checks")}
    assert parents[key("release", "dashboard")] == {key("release", "warehouse")}
    assert parents[key("release", "current")] == {key("release", "warehouse"), key("release", "dashboard")}


def test_every_asset_stands_in_the_group_of_its_layer(graph) -> None:
    groups = {graph.get(node).group_name for node in graph.get_all_asset_keys()}
    assert groups == {"exports", "lake", "policy", "staging", "intermediate", "marts", "ops", "release"}


def test_every_dbt_model_is_an_asset(graph) -> None:
    models = {
        (node["config"]["schema"], node["name"])
        for node in read_dbt_manifest()["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["config"]["materialized"] != "ephemeral"
    }
    assert models <= {tuple(node.path) for node in graph.get_all_asset_keys()}


def test_the_checks_of_the_audit_guard_the_release(graph) -> None:
    checks = {check.name for check in graph.asset_check_keys if check.asset_key == key("audit", "checks")}
    suites = {path.stem for path in (PROJECT_ROOT / "expectations").glob("*.json")}
    assert checks == {"row_accounting", "dbt"} | suites
    assert all(graph.get_check_spec(check).blocking for check in graph.asset_check_keys if check.name in checks)


def test_key_tests_of_marts_are_blocking_checks_of_their_asset(graph) -> None:
    checks = [check for check in graph.asset_check_keys if check.asset_key == key("marts", "rpt_retention")]
    assert checks
    assert all(graph.get_check_spec(check).blocking for check in checks)


def test_one_job_runs_everything_and_its_schedule_waits_to_be_started(definitions: dg.Definitions, graph) -> None:
    job = definitions.resolve_job_def(JOB)
    assert job.asset_layer.selected_asset_keys == graph.executable_asset_keys
    (schedule,) = definitions.schedules
    assert (schedule.name, schedule.execution_timezone) == (SCHEDULE, "Asia/Tokyo")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def test_loading_the_code_location_imports_nothing_heavy(tmp_path: Path) -> None:
    read_dbt_manifest()  # parsed once before, as any run leaves it
    code = "import sys, pipelines.definitions as d; d.defs(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env={"TENURE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not HEAVY & set(loaded.stdout.split())
