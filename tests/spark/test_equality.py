"""The same tables on Spark as on DuckDB, to the last row: built on separate executors, and published as a release."""

import json
import os
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.settings import load_settings
from pipelines.warehouse import plan as plans
from pipelines.warehouse.build import build
from pipelines.warehouse.spark.session import find_java
from tests.small_company import command, environment, tenure
from tests.spark.company import AS_OF, write_company
from tests.spark.comparing import differences, tables

pytestmark = pytest.mark.slow

# Two executors of a core each, in processes of their own. Some hundred small queries cost planning, classes and
# compiling, not rows: nothing is compiled for a query, nothing packed, and class files are not verified once more.
JAVA_OPTIONS = (
    "-XX:+UseSerialGC -Xmn300m -XX:MetaspaceSize=256m -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=192m"
    " -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
SETTINGS = """\
[engine]
master = "local-cluster[2,1,1024]"
models_at_once = 4

[engine.options]
"spark.driver.memory" = "1g"
"spark.executor.memory" = "768m"
"spark.driver.extraJavaOptions" = "{java}"
"spark.executor.extraJavaOptions" = "{java}"
"spark.sql.shuffle.partitions" = "2"
"spark.sql.adaptive.enabled" = "false"
"spark.sql.codegen.wholeStage" = "false"
"spark.sql.codegen.factoryMode" = "NO_CODEGEN"
"spark.sql.maxPlanStringLength" = "100"
"spark.sql.parquet.compression.codec" = "uncompressed"
"spark.shuffle.compress" = "false"
"spark.broadcast.compress" = "false"
"spark.eventLog.enabled" = "true"
"spark.eventLog.compress" = "false"
"spark.eventLog.dir" = "{events}"
"""
SLOWEST_SECONDS = 1200  # a machine that is busy with much else
# The model and its exact quotient, and what one would naively write.
ALTERED = "int_revenue__by_line_and_month"
NAIVE = "round(cast(amount as double) * days / days_of_period, 2) as rounded_local"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose live release was made by `tenure refresh --engine spark`."""
    try:
        find_java()
    except UserError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("spark")
    home, events = folder / "home", folder / "events"
    events.mkdir()
    write_company(home / "inbox")
    (home / "tenure.toml").write_text(SETTINGS.format(java=JAVA_OPTIONS, events=events), encoding="utf-8")
    done = subprocess.run(
        command("refresh", "--engine", "spark", "--as-of", str(AS_OF), "--home", str(home)),
        env=environment(), capture_output=True, text=True, timeout=SLOWEST_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture(scope="module")
def by_duckdb(home: Path) -> Path:
    """The file that DuckDB builds from the same lake."""
    return build(load_settings(home, as_of=AS_OF), home / "by-duckdb", "run").file


@pytest.fixture(scope="module")
def by_spark(home: Path) -> Path:
    """The release's file."""
    return home / "current" / "warehouse.duckdb"


def test_every_table_is_equal(by_spark: Path, by_duckdb: Path) -> None:
    published = tables(by_duckdb)
    assert len([name for name in published if name.startswith("marts.")]) >= 29
    # What the audit and the release add stands in a release only.
    assert set(published) <= set(tables(by_spark))
    only_in_release = {name for name in tables(by_spark) if name not in published}
    assert [line for line in differences(by_duckdb, by_spark) if line.split()[0] not in only_in_release] == []


def test_a_naive_rounding_is_seen(home: Path, by_spark: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    exact = plans.current_plan()
    nodes = [_altered(node) if node.name == ALTERED else node for node in exact.nodes]
    monkeypatch.setattr(plans, "current_plan", lambda: replace(exact, nodes=nodes))
    altered = build(load_settings(home, as_of=AS_OF), tmp_path / "altered", "run").file
    found = differences(altered, by_spark, ("marts",))
    assert [line for line in found if line.startswith("marts.fct_revenue: [")], found


def test_separate_executors_did_the_work(home: Path) -> None:
    """Spark's own log of the run: a cluster of one process would prove nothing of a cluster."""
    tasks: Counter[str] = Counter()
    processes = set()
    for path in sorted((home.parent / "events").rglob("*")):
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("Event") == "SparkListenerExecutorAdded":
                processes.add(event["Executor ID"])
            if event.get("Event") == "SparkListenerTaskEnd":
                tasks[event["Task Info"]["Executor ID"]] += 1
    assert processes == {"0", "1"}
    assert set(tasks) == {"0", "1"} and min(tasks.values()) > 50


def test_a_missing_and_an_empty_table_differ(by_duckdb: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "warehouse.duckdb"
    damaged.write_bytes(by_duckdb.read_bytes())
    with duckdb.connect(str(damaged), config=CONFIG) as connection:
        connection.execute("drop table marts.fct_arr")
        connection.execute("delete from marts.fct_churn")
    found = differences(by_duckdb, damaged)
    assert [line.split()[0] for line in found] == ["marts.fct_arr", "marts.fct_churn"]


def test_readers_work_as_on_any_release(home: Path) -> None:
    answer = tenure(home, "explain", "nrr_cc", "--month", "2026-10")
    assert answer.returncode == 0, answer.stderr
    assert (home / "current" / "dashboard" / "index.html").stat().st_size > 100_000


def _altered(node: plans.PlanNode) -> plans.PlanNode:
    exact = node.statements[-1]
    start, end = exact.index("rounded as ("), exact.index("as rounded_local")
    statement = f"{exact[:start]}rounded as (select *, {NAIVE}{exact[end + len('as rounded_local') :]}"
    return replace(node, statements=[*node.statements[:-1], statement])
