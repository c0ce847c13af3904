"""The graph is pinned: a decorator in the wrong module, or a renamed step, does not vanish silently."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.alerts import DIGEST
from pipelines.defs.alerts import SENSOR as FAILED
from pipelines.defs.assemble import build_definitions, read_dbt_manifest
from pipelines.defs.jobs import BACKFILL, BACKFILL_JOB, CLOSE_JOB, CLOSED_MONTH, JOB, POOL, TIMEOUT_TAG
from pipelines.defs.schedules import CLOSE_SCHEDULE, SCHEDULE
from pipelines.defs.sensors import SENSOR
from pipelines.settings import PROJECT_ROOT, Settings

HEAVY = {"great_expectations", "polars", "pandas", "plotly", "duckdb", "dbt", "apprise", "holidays", "pyarrow"}
ALL_JOBS = (JOB, CLOSE_JOB, BACKFILL_JOB, DIGEST)


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """Of a home to which Stripe has sent invoices, and for whose Salesforce there are only settings."""
    home = tmp_path_factory.mktemp("home")
    (home / "lake" / "_ledger").mkdir(parents=True)
    entry = {"source": "stripe", "entities": {"invoices": {}}, "derived": ["contracts"]}
    (home / "lake" / "_ledger" / "00000001-abc.json").write_text(json.dumps(entry))
    settings = Settings(
        home=home, as_of=dt.date(2026, 1, 31), company_time_zone="Asia/Tokyo",
        sources={"salesforce": {"late_after_days": 2}}, release_late_after_hours=30,
    )  # fmt: skip
    return build_definitions(settings)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetSelection:
    return definitions.resolve_asset_graph()


def key(*path: str) -> dg.AssetKey:
    return dg.AssetKey(list(path))


def test_the_flow_is_the_architectures_picture(graph) -> None:
    parents = {node: graph.get(node).parent_keys for node in graph.get_all_asset_keys()}
    assert parents[key("exports", "stripe")] == {key("inbox")}
    assert parents[key("lake", "invoices")] == {key("exports", "stripe")}
    assert parents[key("lake", "contracts")] == {key("exports", "stripe")}
    assert parents[key("lake", "accounts")] == {key("inbox")}  # no system has sent any yet
    assert key("lake", "contracts") in parents[key("staging", "stg_contracts")]
    assert {key("marts", "rpt_retention"), key("ops", "load_files")} <= parents[key("audit", "checks")]
    assert parents[key("release", "warehouse")] == {key("audit", "checks")}
    assert parents[key("release", "dashboard")] == {key("release", "warehouse")}
    assert parents[key("release", "exports")] == {key("release", "warehouse")}
    assert parents[key("release", "current")] == {
        *(key("release", "warehouse"), key("release", "dashboard"), key("release", "exports")),
    }
    assert parents[CLOSED_MONTH] == {key("release", "current")}
    assert {node.path[0] for node in parents[BACKFILL]} == {"lake"}


def test_all_assets_beside_the_models_are_these(graph) -> None:
    beside = {node for node in graph.get_all_asset_keys() if graph.get(node).kinds.isdisjoint({"dbt", "parquet"})}
    assert beside == {
        *(key("inbox"), key("exports", "stripe"), key("exports", "salesforce"), key("audit", "checks")),
        *(key("release", "warehouse"), key("release", "dashboard"), key("release", "exports")),
        *(key("release", "current"), BACKFILL),
    }
    lake = {node for node in graph.get_all_asset_keys() if node.path[0] == "lake"}
    assert len(lake) > 20
    assert lake | {CLOSED_MONTH} == {node for node in graph.get_all_asset_keys() if "parquet" in graph.get(node).kinds}


def test_each_source_and_the_release_have_a_freshness_policy(graph) -> None:
    windows = {
        node.to_user_string(): graph.get(node).freshness_policy.fail_window.to_timedelta()
        for node in graph.get_all_asset_keys()
        if graph.get(node).freshness_policy
    }
    assert windows == {
        "exports/salesforce": dt.timedelta(days=2),  # its own setting
        "exports/stripe": dt.timedelta(days=35),  # the policy check_limits
        "release/current": dt.timedelta(hours=30),
    }


def test_every_step_that_writes_is_in_the_pool_of_one(definitions: dg.Definitions) -> None:
    jobs = [definitions.resolve_job_def(name) for name in (JOB, CLOSE_JOB, BACKFILL_JOB)]
    pools = {node.name: node.definition.pool for job in jobs for node in job.nodes}
    assert len(pools) == 9
    assert set(pools.values()) == {POOL}
    assert all(int(job.tags[TIMEOUT_TAG]) == 6 * 3600 for job in jobs)


def test_every_asset_stands_in_the_group_of_its_layer(graph) -> None:
    groups = {graph.get(node).group_name for node in graph.get_all_asset_keys()}
    assert groups == {"exports", "lake", "policy", "staging", "intermediate", "marts", "ops", "release", "backfill"}


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
    assert checks == {"row_accounting", "reconciliation", "anomalies", "restatements", "dbt"} | suites
    assert all(graph.get_check_spec(check).blocking for check in graph.asset_check_keys if check.name in checks)


def test_key_tests_of_marts_are_blocking_checks_of_their_asset(graph) -> None:
    checks = [check for check in graph.asset_check_keys if check.asset_key == key("marts", "rpt_retention")]
    assert checks
    assert all(graph.get_check_spec(check).blocking for check in checks)


def test_one_job_runs_everything_but_closes_and_backfills(definitions: dg.Definitions, graph) -> None:
    selected = {name: definitions.resolve_job_def(name).asset_layer.selected_asset_keys for name in ALL_JOBS[:3]}
    assert selected[JOB] == graph.executable_asset_keys - {BACKFILL, CLOSED_MONTH}
    assert (selected[CLOSE_JOB], selected[BACKFILL_JOB]) == ({CLOSED_MONTH}, {BACKFILL})


def test_schedules_and_sensors_wait_to_be_started(definitions: dg.Definitions) -> None:
    schedules = {schedule.name: schedule for schedule in definitions.schedules}
    assert set(schedules) == {SCHEDULE, CLOSE_SCHEDULE, DIGEST}
    assert {schedule.execution_timezone for schedule in schedules.values()} == {"Asia/Tokyo"}
    assert {schedule.default_status for schedule in schedules.values()} == {dg.DefaultScheduleStatus.STOPPED}
    sensors = {sensor.name: sensor.default_status for sensor in definitions.sensors}
    assert sensors == {SENSOR: dg.DefaultSensorStatus.STOPPED, FAILED: dg.DefaultSensorStatus.RUNNING}
    assert {job.name for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")} == set(ALL_JOBS)


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
