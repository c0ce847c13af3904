"""When the jobs run by themselves. Both schedules are stopped until somebody starts them (the UI, or `dagster`)."""

import dagster as dg

from pipelines.defs.business_days import business_day_of_month, month_before
from pipelines.defs.closes import automatic_label, run_config_of
from pipelines.defs.dead_runs import fail_dead_runs
from pipelines.defs.jobs import CLOSE_JOB, JOB
from pipelines.release.restatements.closes import read_closes
from pipelines.settings import Settings

SCHEDULE = "nightly"
CLOSE_SCHEDULE = "month_end"
CLOSE_AT = "0 8 * * *"
# A machine that was down on the day itself closes the month on one of these business days.
GRACE = 3


def nightly_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """The nightly refresh, in the company's time zone."""

    @dg.schedule(
        name=SCHEDULE,
        job_name=JOB,
        cron_schedule=settings.schedule,
        execution_timezone=settings.company_time_zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Lands, builds, audits, publishes ({settings.schedule}, {settings.company_time_zone}).",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        fail_dead_runs(context.instance)
        return dg.RunRequest()

    return nightly


def close_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Looks every morning whether the month before is to be closed today."""

    @dg.schedule(
        name=CLOSE_SCHEDULE,
        job_name=CLOSE_JOB,
        cron_schedule=CLOSE_AT,
        execution_timezone=settings.company_time_zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"On business day {settings.close_on_business_day} it closes the month before.",
    )
    def month_end(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        fail_dead_runs(context.instance)
        today = context.scheduled_execution_time.date()
        month = month_before(today)
        number = business_day_of_month(today, settings.close_country)
        if number is None or not 0 <= number - settings.close_on_business_day <= GRACE:
            at = "no business day" if number is None else f"business day {number}"
            return dg.SkipReason(f"{today} is {at}; months are closed on business day {settings.close_on_business_day}")
        if any(close.month == month and close.label == automatic_label(month) for _, close in read_closes(settings)):
            return dg.SkipReason(f"{month:%Y-%m} is closed already")
        return dg.RunRequest(run_key=f"{month:%Y-%m} on {today}", run_config=run_config_of(month))

    return month_end
