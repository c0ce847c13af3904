"""Dagster's part of the alerts: a sensor for runs that die, and the morning digest as a job with its schedule."""

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.alerts.events import failure_alert
from pipelines.alerts.sent import tell_once
from pipelines.defs.dead_runs import is_dead
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import JobDefinition

SENSOR = "failed_runs"
DIGEST = "morning_digest"
WILL_RETRY = "dagster/will_retry"


def failure_sensor(settings: Settings) -> dg.SensorDefinition:
    """Tells of a run that failed, where the run did not tell it itself. It runs as soon as the daemon does."""

    @dg.run_failure_sensor(
        name=SENSOR,
        monitor_all_code_locations=True,  # an instance belongs to one home; runs of `tenure refresh` name no location
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description="Sends an alert for a run that failed and could not say so itself.",
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        is_of_command = run.remote_job_origin is None
        if run.tags.get(WILL_RETRY) == "true" or (is_of_command and not is_dead(run.tags)):
            return  # another attempt comes, or the command is still there to tell it
        for outcome in tell_once(settings, failure_alert(settings, run.run_id, _reason(context))):
            context.log.info(str(outcome))

    return failed_runs


def digest_job(settings: Settings) -> "JobDefinition":
    """Sends the morning digest; it fails where it arrived nowhere."""

    @dg.op(name="send_digest")
    def send(context: dg.OpExecutionContext) -> None:
        from pipelines.alerts.command import send_digest

        outcomes = send_digest(settings)
        for outcome in outcomes:
            context.log.info(str(outcome))
        if not any(outcome.arrived for outcome in outcomes):
            raise dg.Failure("the digest arrived nowhere", allow_retries=False)

    @dg.job(name=DIGEST, executor_def=dg.in_process_executor, description="Sends the morning digest.")
    def morning_digest() -> None:
        send()

    return morning_digest


def digest_schedule(settings: Settings, job: "JobDefinition") -> dg.ScheduleDefinition:
    """In the morning, in the company's time zone; started by itself only where the settings ask for a digest."""
    is_wanted = "digest" in settings.alerts.on
    return dg.ScheduleDefinition(
        name=DIGEST,
        job=job,
        cron_schedule=settings.alerts.digest_at,
        execution_timezone=settings.company_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_wanted else dg.DefaultScheduleStatus.STOPPED,
        description="The morning digest, in the company's time zone.",
    )


def _reason(context: dg.RunFailureSensorContext) -> str:
    """What the innermost error of the failed steps says, else what the run's last event says."""
    for event in context.get_step_failure_events():
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            return error.message
    return context.failure_event.message or "the run failed without saying why"
