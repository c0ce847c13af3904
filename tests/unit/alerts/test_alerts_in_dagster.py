"""Dagster's part: runs that die are told by the sensor, and the digest is a job in the company's morning."""

import os
from pathlib import Path

import dagster as dg
from companies import published, settings_of
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from receivers import Webhook, running

from pipelines.alerts.events import failure_alert
from pipelines.alerts.sent import tell_once
from pipelines.defs.alerts import digest_job, digest_schedule, failure_sensor
from pipelines.defs.dead_runs import process_tags
from pipelines.defs.resources import run_resource
from pipelines.errors import UserError
from pipelines.settings import Settings


@dg.op
def breaks() -> None:
    raise ValueError("the disk is full")


@dg.job
def nightly() -> None:
    breaks()


def evaluate(settings: Settings, is_of_command: bool = False, **tags: str) -> str:
    """Let the sensor see a failed run, started by Dagster or by the command; returns the run's id."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = nightly.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        location = InProcessCodeLocationOrigin(
            LoadableTargetOrigin(python_file="definitions.py"), location_name="tenure"
        )
        origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "nightly")
        run = result.dagster_run
        run = run if is_of_command else run._replace(remote_job_origin=origin)
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_runs",
            dagster_instance=instance,
            dagster_run=run,
            dagster_event=next(event for event in result.all_events if event.is_run_failure),
        ).for_run_failure()
        failure_sensor(settings)(context)
        return result.run_id


def test_a_run_that_died_is_told_with_its_innermost_reason(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        run_id = evaluate(settings)
    (sent,) = server.received
    assert "the disk is full" in sent["message"]
    assert run_id in sent["message"]


def test_what_the_run_told_itself_is_not_told_again(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        run_id = evaluate(settings)
        assert tell_once(settings, failure_alert(settings, run_id, "the disk is full")) == []
    assert len(server.received) == 1


def test_a_run_that_will_be_tried_again_is_no_event_yet(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        evaluate(settings_of(tmp_path, urls=[f"json://{server.host}"]), **{"dagster/will_retry": "true"})
    assert server.received == []


def test_a_run_of_the_command_is_told_by_the_sensor_only_when_its_process_is_gone(tmp_path: Path) -> None:
    alive = process_tags()
    gone = {name: value.replace(f"{os.getpid()}@", f"{os.getpid()}@0") for name, value in alive.items()}
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        evaluate(settings, is_of_command=True, **alive)
        assert server.received == []
        evaluate(settings, is_of_command=True, **gone)
    assert len(server.received) == 1


def test_the_digest_job_sends_and_fails_where_it_arrives_nowhere(tmp_path: Path) -> None:
    with running(Webhook(failures=1)) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        published(settings)
        job = digest_job(settings)
        with dg.DagsterInstance.ephemeral() as instance:
            assert not job.execute_in_process(instance=instance, raise_on_error=False).success
            assert job.execute_in_process(instance=instance, raise_on_error=False).success
    assert "NRR T12M 106.5 %" in server.received[0]["message"]


def test_the_digest_waits_until_somebody_asks_for_it(tmp_path: Path) -> None:
    plain = settings_of(tmp_path).model_copy(update={"company_time_zone": "Asia/Tokyo"})
    asked = settings_of(tmp_path, on=["digest"], digest_at=6)
    schedule, wanted = (digest_schedule(settings, digest_job(settings)) for settings in (plain, asked))
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 7 * * *", "Asia/Tokyo")
    assert wanted.default_status is dg.DefaultScheduleStatus.RUNNING
    assert wanted.cron_schedule == "0 6 * * *"


@dg.op(required_resource_keys={"run"})
def lands(context: dg.OpExecutionContext) -> None:
    with context.resources.run.step("land"):
        raise UserError("the inbox is empty", do="put exports there")


def test_a_run_of_dagster_tells_its_own_end_and_the_sensor_keeps_silent(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        job = dg.GraphDefinition("nightly", node_defs=[lands]).to_job(resource_defs={"run": run_resource(settings)})
        with dg.DagsterInstance.ephemeral() as instance:
            result = job.execute_in_process(instance=instance, raise_on_error=False)
            said = [entry.user_message for entry in instance.all_logs(result.run_id)]
        assert tell_once(settings, failure_alert(settings, result.run_id, "a step failed")) == []
    (sent,) = server.received
    assert "What to do: put exports there" in sent["message"]
    assert [line for line in said if "failure: 1 of 1 arrived" in line]
