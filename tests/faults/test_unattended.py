"""Promise: the daemon and the webserver refresh a home that nobody watches, and tell when they do not.

Real processes, as a machine would run them: a one-minute schedule publishes, a sensor's run that fails alerts, the web
API and the UI show assets, checks and freshness.
"""

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import PROJECT_ROOT
from tests.small_company import AS_OF, environment, write_inbox
from tests.unit.alerts.receivers import Webhook, running

pytestmark = pytest.mark.slow  # minutes of waiting for real ticks

BIN = Path(sys.executable).parent
PREPARE = [sys.executable, "-m", "pipelines.defs.instance"]
PATIENCE = 400
AT_WORK = ("QUEUED", "STARTING", "STARTED")
SELECTOR = {"repositoryName": "__repository__", "repositoryLocationName": "tenure"}
START_SCHEDULE = """
    mutation ($it: ScheduleSelector!) { startSchedule(scheduleSelector: $it) { __typename } }
"""
SCHEDULE_ID = """
    query ($it: ScheduleSelector!) { scheduleOrError(scheduleSelector: $it) { ... on Schedule { id } } }
"""
STOP_SCHEDULE = "mutation ($id: String!) { stopRunningSchedule(id: $id) { __typename } }"
START_SENSOR = "mutation ($it: SensorSelector!) { startSensor(sensorSelector: $it) { __typename } }"
RUNS = "{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }"
ASSETS = """
    { assetNodes {
        assetKey { path } groupName freshnessStatusInfo { freshnessStatus }
        assetMaterializations(limit: 1) { metadataEntries { label } }
        assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } }
    } }
"""


@dataclass
class Machine:
    """A home with its daemon and its webserver."""

    home: Path
    url: str
    alerts: list[dict[str, Any]]

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]

    def runs(self, *statuses: str) -> list[dict[str, Any]]:
        return [run for run in self.ask(RUNS)["runsOrError"]["results"] if run["status"] in statuses]

    def live_run(self) -> str:
        return str(json.loads((self.home / "current" / "manifest.json").read_text())["run_id"])

    def assets(self) -> dict[str, dict[str, Any]]:
        return {"/".join(node["assetKey"]["path"]): node for node in self.ask(ASSETS)["assetNodes"]}


def until(is_so: Callable[[], Any], what: str) -> Any:
    """Ask until it is so; fail with `what` when patience is over."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if found := is_so():
                return found
        except (OSError, KeyError, TypeError):
            pass  # the webserver is not up yet
        time.sleep(2)
    raise AssertionError(f"after {PATIENCE} s: not {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_services_that_start_at_once_make_the_tables_once(tmp_path: Path) -> None:
    """Two Dagster processes that make the same tables leave two versions noted, and then nobody can open them."""
    own = environment(TENURE_HOME=str(tmp_path), DAGSTER_HOME=str(tmp_path / "dagster"))
    started = [subprocess.Popen(PREPARE, cwd=PROJECT_ROOT, env=own) for _ in range(4)]
    assert [process.wait(timeout=PATIENCE) for process in started] == [0] * len(started)
    files = sorted((tmp_path / "dagster").rglob("*.db"))
    versions = [sqlite3.connect(file).execute("select count(*) from alembic_version").fetchone() for file in files]
    assert len(files) >= 3 and set(versions) == {(1,)}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    home = tmp_path_factory.mktemp("unattended") / "home"
    write_inbox(home)
    with running(Webhook()) as receiver:
        (home / "tenure.toml").write_text(
            f'as_of = "{AS_OF}"\nschedule = "* * * * *"\nnew_files_settle_seconds = 5\n'
            f'[alerts]\nurls = ["json://{receiver.host}/hook"]\n'
        )
        port = free_port()
        folder = home / "dagster"
        own = environment(TENURE_HOME=str(home), DAGSTER_HOME=str(folder), DAGSTER_DISABLE_TELEMETRY="1")
        subprocess.run(PREPARE, cwd=PROJECT_ROOT, env=own, check=True)
        commands = [
            [str(BIN / "dagster-daemon"), "run", "-w", "workspace.yaml"],
            [str(BIN / "dagster-webserver"), "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)],
        ]
        with (home / "log").open("w") as log:
            started = [
                subprocess.Popen(command, cwd=PROJECT_ROOT, env=own, stdout=log, stderr=log) for command in commands
            ]
            yield Machine(home, f"http://127.0.0.1:{port}", receiver.received)
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=60)


@pytest.fixture(scope="module")
def published(machine: Machine) -> dict[str, Any]:
    """The runs that ticks of the schedule launched, by id; those after the first may find nothing new."""
    until(lambda: "release/current" in machine.assets(), "a webserver that knows the assets")
    selector = {**SELECTOR, "scheduleName": "nightly"}
    assert machine.ask(START_SCHEDULE, it=selector)["startSchedule"]["__typename"] == "ScheduleStateResult"
    until(lambda: machine.runs("SUCCESS"), "a run of the schedule that succeeded")
    machine.ask(STOP_SCHEDULE, id=machine.ask(SCHEDULE_ID, it=selector)["scheduleOrError"]["id"])
    until(lambda: not machine.runs(*AT_WORK), "an end of what later ticks started")
    return {run["runId"]: run for run in machine.runs("SUCCESS")}


def test_a_tick_of_the_schedule_publishes(machine: Machine, published: dict[str, Any]) -> None:
    """A daemon ticks a one-minute schedule; the run it launches publishes the live release."""
    run = published[machine.live_run()]
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert (run["jobName"], tags["dagster/schedule_name"]) == ("nightly_refresh", "nightly")


def test_the_web_api_shows_assets_checks_and_freshness(machine: Machine, published: dict[str, Any]) -> None:
    """The webserver's GraphQL is asked for assets, checks, freshness and what materializations say."""

    def fresh() -> dict[str, Any] | None:
        nodes = machine.assets()
        state = nodes["release/current"]["freshnessStatusInfo"]["freshnessStatus"]
        return nodes if state == "HEALTHY" else None

    nodes = until(fresh, "a release that counts as fresh")
    checks = nodes["audit/checks"]["assetChecksOrError"]["checks"]
    assert {check["executionForLatestMaterialization"]["status"] for check in checks} == {"SUCCEEDED"}
    said = {
        name: {entry["label"] for entry in nodes[name]["assetMaterializations"][0]["metadataEntries"]}
        for name in ("release/current", "audit/checks", "lake/invoices", "marts/rpt_retention")
    }
    assert {"release_id", "nrr_cc", "seconds", "manifest", "report", "dashboard"} <= said["release/current"]
    assert {"checks", "warnings", "failed", "report"} <= said["audit/checks"]
    assert {"dagster/row_count", "new_rows", "new_quarantined"} <= said["lake/invoices"]
    assert "dagster/row_count" in said["marts/rpt_retention"]


def test_the_asset_graph_opens_in_a_browser(machine: Machine, published: dict[str, Any], tmp_path: Path) -> None:
    """Headless Chromium opens the lineage page and sees the release's assets on it."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no Chromium: apt-get install -y chromium")
    shot = tmp_path / "graph.png"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1600,1000", "--virtual-time-budget=30000"]
    page = f"{machine.url}/locations/tenure/asset-groups/release/lineage"
    common = [browser, *flags, f"--user-data-dir={tmp_path / 'profile'}"]
    subprocess.run([*common, f"--screenshot={shot}", page], check=True, capture_output=True, timeout=180)
    seen = subprocess.run([*common, "--dump-dom", page], check=True, capture_output=True, text=True, timeout=180)
    assert shot.stat().st_size > 20_000
    assert all(name in seen.stdout for name in ("warehouse", "dashboard", "current", "closed_month"))


@pytest.mark.parametrize(
    "command", [("dagster", "definitions", "validate", "-w", "workspace.yaml"), ("dg", "check", "defs")]
)
def test_the_definitions_are_valid(machine: Machine, command: tuple[str, ...]) -> None:
    """Dagster's own checkers load the workspace."""
    if not (BIN / command[0]).exists():
        pytest.skip(f"{command[0]} is not installed (dagster-dg-cli)")
    own = environment(TENURE_HOME=str(machine.home), DAGSTER_HOME=str(machine.home / "dagster"))
    told = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=PROJECT_ROOT, env=own, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr


def test_a_run_of_the_sensor_that_fails_alerts(machine: Machine, published: dict[str, Any]) -> None:
    """The sensor launches a run on a broken policy: it fails, a real HTTP receiver is told, yesterday stays live."""
    (machine.home / "policy").mkdir()
    (machine.home / "policy" / "no_such_seed.csv").write_text("a\n1\n")
    write_inbox(machine.home, users_2="user_id,name,is_active\nam2,Bob Manager,true\n")
    machine.ask(START_SENSOR, it={**SELECTOR, "sensorName": "new_files"})
    (failed,) = until(lambda: machine.runs("FAILURE"), "a run that failed")
    assert "new_files" in {tag["value"] for tag in failed["tags"] if tag["key"] == "dagster/sensor_name"}
    told = until(lambda: machine.alerts, "an alert at the receiver")
    assert any("no policy seed 'no_such_seed'" in str(body) for body in told)
    assert machine.live_run() in published
