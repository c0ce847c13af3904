"""The nightly job and its schedule."""

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

JOB = "nightly_refresh"
SCHEDULE = "nightly"
AT_NIGHT = "0 3 * * *"


def nightly_job() -> "UnresolvedAssetJobDefinition":
    """Everything from the inbox to the live release, in one process."""
    return dg.define_asset_job(
        JOB, selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor, description=nightly_job.__doc__
    )


def nightly_schedule(job: "UnresolvedAssetJobDefinition", time_zone: str) -> dg.ScheduleDefinition:
    """Every night at three in the company's time zone. Stopped until someone starts it (Deployment, or the UI)."""
    return dg.ScheduleDefinition(
        name=SCHEDULE,
        job=job,
        cron_schedule=AT_NIGHT,
        execution_timezone=time_zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Every night at three in the company's time zone.",
    )
