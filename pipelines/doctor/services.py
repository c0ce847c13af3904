"""What runs the nights: Dagster's configuration, its run history, its schedule; and who is told."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.doctor.diagnosis import Diagnosis, bad, note, of_error, ok
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

SIGN_OF_LIFE_SECONDS = 300  # the daemon gives one every 30 s
SCHEDULER = "SCHEDULER"
START = "dagster schedule start nightly -w workspace.yaml (docs/operations.md)"


def look_at_dagster_yaml(settings: Settings) -> Iterator[Diagnosis]:
    """`dagster.yaml` is what this version writes, or a person's own."""
    from pipelines.defs.instance import dagster_yaml, is_as_written, signed

    path = settings.dagster / "dagster.yaml"
    if not path.exists():
        yield note("dagster", f"{path} is not there; the first refresh writes it")
        return
    present = path.read_text(encoding="utf-8")
    if present == signed(dagster_yaml(settings)):
        yield ok("dagster", f"{path} is up to date")
    elif is_as_written(present):
        yield note(
            "dagster", f"{path} is an earlier version's, or of other settings", "the next refresh brings it up to date"
        )
    else:
        do = "compare it with what a new home gets, or delete it: the next refresh writes it anew"
        yield note("dagster", f"{path} was changed by hand and is not kept up to date", do)


def look_at_history(settings: Settings) -> Iterator[Diagnosis]:
    """The place of the run history answers; the daemon is alive and the nightly schedule runs."""
    if settings.dagster_postgres_url_from:
        from pipelines.defs.postgres import has_tables, server_version

        try:
            yield ok("postgres", f"PostgreSQL {server_version(settings)} answers")
        except UserError as error:
            yield of_error("postgres", error)
            return
        has_history = has_tables(settings)
    else:
        has_history = (settings.dagster / "history" / "runs.db").exists()
    if not has_history or not (settings.dagster / "dagster.yaml").exists():
        yield note("schedule", "no run was recorded yet: nothing refreshes this home by itself", START)
        return
    with _instance(settings) as instance:
        yield _schedule(settings, instance)
        yield from _last_run(instance)


def look_at_copy(settings: Settings) -> Iterator[Diagnosis]:
    """The PostgreSQL that releases are copied to answers, has the live one, and is closed where it must be."""
    if not settings.postgres.is_configured:
        return
    from pipelines.postgres.publish import copied
    from pipelines.postgres.reshape import open_schemas
    from pipelines.postgres.session import connected
    from pipelines.release.history import current_manifest

    with connected(settings) as session:
        version, there, is_open = session.version_text, copied(session), open_schemas(session)
    for schema, name in is_open:
        do = "tenure publish-postgres closes it again; let nobody open it"
        yield bad("copy", f"schema {schema} is open to {name}: what is hidden in columns is not hidden there", do)
    live = current_manifest(settings)
    if live is None or (there and there.is_of(live.release_id, live.warehouse_sha256)):
        yield ok("copy", f"PostgreSQL {version} answers" + (f" and has {live.release_id}" if live else ""))
    else:
        found = f"PostgreSQL {version} has {there.release_id if there else 'no release'}, live is {live.release_id}"
        yield note("copy", found, "tenure publish-postgres; the next nightly run does it too")


def look_at_alerts(settings: Settings) -> Iterator[Diagnosis]:
    """Whether anybody is told when a night fails."""
    count = len(settings.alerts.urls)
    if count:
        kinds = ", ".join(sorted(settings.alerts.on))
        yield ok("alerts", f"{count} {'address' if count == 1 else 'addresses'}, told of: {kinds}")
    else:
        yield note("alerts", "nobody is told when a night fails", f"set {settings.alerts.urls_from}, or [alerts] urls")


def _schedule(settings: Settings, instance: "DagsterInstance") -> Diagnosis:
    from dagster._core.definitions.run_request import InstigatorType
    from dagster._core.scheduler.instigation import InstigatorStatus

    from pipelines.defs.schedules import SCHEDULE

    running = {InstigatorStatus.RUNNING, InstigatorStatus.AUTOMATICALLY_RUNNING, InstigatorStatus.DECLARED_IN_CODE}
    states = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    is_started = any(state.name == SCHEDULE and state.status in running for state in states)
    heartbeat = instance.get_daemon_heartbeats().get(SCHEDULER)
    seen = dt.datetime.fromtimestamp(heartbeat.timestamp, dt.UTC) if heartbeat else None
    is_alive = seen is not None and (dt.datetime.now(dt.UTC) - seen).total_seconds() < SIGN_OF_LIFE_SECONDS
    last = f"last sign of life {seen:%Y-%m-%d %H:%M} UTC" if seen else "never seen"
    if is_started and is_alive:
        return ok(
            "schedule", f"{SCHEDULE} runs at {settings.schedule} ({settings.company_time_zone}), the daemon is alive"
        )
    if is_started:
        return bad("schedule", f"{SCHEDULE} is started, but the daemon is not at work ({last})", "start tenure-daemon")
    if is_alive:
        return note("schedule", f"the daemon is alive, but {SCHEDULE} is stopped", START)
    return note("schedule", "nothing refreshes this home by itself (no daemon, no started schedule)", START)


def _last_run(instance: "DagsterInstance") -> Iterator[Diagnosis]:
    from dagster import DagsterRunStatus, RunsFilter

    from pipelines.defs.jobs import JOB

    for record in instance.get_run_records(RunsFilter(job_name=JOB), limit=1):
        if record.dagster_run.status == DagsterRunStatus.FAILURE:
            text = f"the last {JOB}, of {record.create_timestamp:%Y-%m-%d %H:%M} UTC, did not publish"
            yield note("schedule", text, "`tenure refresh` says why; so does the run's page")


@contextmanager
def _instance(settings: Settings) -> Iterator["DagsterInstance"]:
    """The home's instance as its `dagster.yaml` has it now; nothing is written for it."""
    from dagster import DagsterInstance

    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(settings.dagster)
    try:
        with DagsterInstance.from_config(str(settings.dagster)) as instance:
            yield instance
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before
