"""Dagster's file, its history and schedule, alerts, PostgreSQL."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dagster import DagsterInstance
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, ScheduleInstigatorData
from dagster._core.test_utils import create_run_for_test
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.types import DaemonHeartbeat

from pipelines.defs.instance import open_instance
from pipelines.defs.jobs import JOB
from pipelines.defs.schedules import SCHEDULE
from pipelines.doctor.diagnosis import State
from pipelines.doctor.services import look_at_alerts, look_at_dagster_yaml, look_at_history
from pipelines.settings import DAGSTER_POSTGRES, Settings, load_settings
from tests.postgres import PostgresServer


@contextmanager
def history(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", "")  # put back afterwards
    with open_instance(settings) as instance:
        yield instance


def start_schedule(instance: DagsterInstance) -> None:
    location = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="pipelines.definitions"))
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), SCHEDULE)
    data = ScheduleInstigatorData("0 3 * * *")
    instance.add_instigator_state(InstigatorState(origin, InstigatorType.SCHEDULE, InstigatorStatus.RUNNING, data))


def beat(instance: DagsterInstance, age: float) -> None:
    instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - age, "SCHEDULER", "one"))


def states(settings: Settings) -> list[tuple[State, str]]:
    return [(line.state, line.found) for line in look_at_history(settings)]


def test_the_schedule_needs_a_live_daemon(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    [(state, found)] = states(settings)
    assert (state, "nothing refreshes this home by itself" in found) == (State.NOTE, True)
    with history(settings, monkeypatch) as instance:
        beat(instance, age=5)
        [(state, found)] = states(settings)
        assert (state, f"{SCHEDULE} is stopped" in found) == (State.NOTE, True)
        start_schedule(instance)
        [(state, found)] = states(settings)
        assert (state, f"{SCHEDULE} runs at 0 3 * * * (UTC)" in found) == (State.OK, True)
        instance.wipe_daemon_heartbeats()
        beat(instance, age=3600)
        [(state, found)] = states(settings)
        assert (state, "the daemon is not at work (last sign of life" in found) == (State.BAD, True)


def test_a_failed_last_run_is_noted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with history(settings, monkeypatch) as instance:
        run = create_run_for_test(instance, job_name=JOB)
        instance.report_run_failed(run, "why")
    assert any("did not publish" in found for _, found in states(settings))


def test_a_home_that_never_ran_is_noted(tmp_path: Path) -> None:
    [(state, found)] = states(Settings(home=tmp_path))
    assert (state, "no run was recorded yet" in found) == (State.NOTE, True)
    assert not list(tmp_path.iterdir())


def test_dagster_yaml_is_compared_with_what_would_be_written(settings: Settings) -> None:
    assert [line.state for line in look_at_dagster_yaml(settings)] == [State.OK]
    other = settings.model_copy(update={"dagster_postgres_url_from": DAGSTER_POSTGRES})
    [line] = look_at_dagster_yaml(other)
    assert (line.state, "the next refresh brings it up to date" in line.do) == (State.NOTE, True)
    path = settings.dagster / "dagster.yaml"
    path.write_text(path.read_text() + "python_logs: {}\n")
    [line] = look_at_dagster_yaml(settings)
    assert (line.state, "changed by hand" in line.found) == (State.NOTE, True)
    path.unlink()
    [line] = look_at_dagster_yaml(settings)
    assert (line.state, "is not there" in line.found) == (State.NOTE, True)


def test_alerts_are_counted_without_their_addresses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENURE_ALERT_URLS", raising=False)
    assert [line.state for line in look_at_alerts(load_settings(home))] == [State.NOTE]
    monkeypatch.setenv("TENURE_ALERT_URLS", "json://u:hidden@127.0.0.1 json://127.0.0.2")
    [line] = look_at_alerts(load_settings(home))
    assert (line.state, line.found.startswith("2 addresses")) == (State.OK, True)
    assert "hidden" not in str(line)


def test_a_postgresql_that_does_not_answer_is_bad(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=home, dagster_postgres_url_from=DAGSTER_POSTGRES)
    monkeypatch.setenv(DAGSTER_POSTGRES, "postgresql://u:hidden@127.0.0.1:1/none")
    [line] = look_at_history(settings)
    assert (line.name, line.state, "hidden" in str(line)) == ("postgres", State.BAD, False)
    monkeypatch.delenv(DAGSTER_POSTGRES)
    [line] = look_at_history(settings)
    assert f"variable {DAGSTER_POSTGRES}" in line.found


def test_a_postgresql_that_answers_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> None:
    database = postgres.new_database()
    monkeypatch.setenv(DAGSTER_POSTGRES, postgres.url(database))
    settings = Settings(home=home, dagster_postgres_url_from=DAGSTER_POSTGRES)
    answers, schedule = look_at_history(settings)
    assert (answers.state, answers.found.startswith("PostgreSQL ")) == (State.OK, True)
    assert schedule.state is State.NOTE
    assert postgres.run(database, "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]
