"""When jobs start by themselves: ticks on chosen days, in the company's time zone."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from pipelines.defs.business_days import business_day_of_month, month_before
from pipelines.defs.dead_runs import HOST_TAG, PROCESS_TAG, is_dead, process_tags
from pipelines.defs.jobs import CLOSE_JOB, JOB
from pipelines.defs.schedules import close_schedule, nightly_schedule
from pipelines.settings import Settings

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as on_disk:
        yield on_disk


def settings(home: Path, **more: object) -> Settings:
    return Settings(home=home, as_of=dt.date(2026, 9, 30), company_time_zone="Europe/Berlin", **more)


def tick(schedule: dg.ScheduleDefinition, instance: dg.DagsterInstance, day: str) -> dg.RunRequest | str:
    """What the schedule asks for at eight in the morning of a day, or why it asks for nothing."""
    moment = dt.datetime.fromisoformat(f"{day}T08:00").replace(tzinfo=BERLIN)
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)
    answer = schedule(context)
    return str(answer.skip_message) if isinstance(answer, dg.SkipReason) else answer


@pytest.mark.parametrize(
    ("day", "country", "number"),
    [
        ("2026-10-01", "", 1),
        ("2026-10-03", "", None),  # a Saturday
        ("2026-10-05", "", 3),
        ("2026-10-07", "", 5),
        ("2026-05-01", "DE", None),  # Labour Day
        ("2026-05-08", "DE", 5),
        ("2026-05-08", "", 6),
        ("2026-05-08", "XX", 6),  # a country that is not known has no holidays
    ],
)
def test_business_days_are_counted_from_the_first_of_the_month(day: str, country: str, number: int | None) -> None:
    assert business_day_of_month(dt.date.fromisoformat(day), country) == number


def test_the_month_before_january_is_december() -> None:
    assert month_before(dt.date(2026, 1, 8)) == dt.date(2025, 12, 1)


def test_the_nightly_schedule_follows_the_settings(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    schedule = nightly_schedule(settings(tmp_path, schedule="30 2 * * 1-5"))
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 2 * * 1-5", "Europe/Berlin")
    assert schedule.job_name == JOB
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert isinstance(tick(schedule, instance, "2026-10-01"), dg.RunRequest)


def test_a_month_is_closed_on_the_fifth_business_day_and_on_no_other(tmp_path: Path, instance) -> None:
    schedule = close_schedule(settings(tmp_path))
    assert schedule.job_name == CLOSE_JOB
    assert "business day 4" in tick(schedule, instance, "2026-10-06")
    assert "no business day" in tick(schedule, instance, "2026-10-10")
    asked = tick(schedule, instance, "2026-10-07")
    assert asked.run_config == {"ops": {"release__closed_month": {"config": {"month": "2026-09"}}}}


def test_a_machine_that_was_down_closes_the_month_a_few_days_later(tmp_path: Path, instance) -> None:
    schedule = close_schedule(settings(tmp_path))
    assert isinstance(tick(schedule, instance, "2026-10-12"), dg.RunRequest)
    assert "business day 9" in tick(schedule, instance, "2026-10-13")


def test_a_month_that_was_closed_automatically_is_not_closed_again(tmp_path: Path, instance) -> None:
    folder = tmp_path / "closes" / "2026-09" / "2026-09-automatic"
    folder.mkdir(parents=True)
    close = {
        **{"month": "2026-09-01", "label": "2026-09 (automatic)", "closed_at": "2026-10-07T06:00:00Z"},
        **{"closed_by": "schedule", "release_id": "r", "as_of_on": "2026-10-06", "sha256": {}},
    }
    (folder / "close.json").write_text(json.dumps(close))
    assert tick(close_schedule(settings(tmp_path)), instance, "2026-10-08") == "2026-09 is closed already"


def test_a_run_whose_process_is_gone_does_not_keep_its_place(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    @dg.job
    def asleep() -> None: ...

    gone = {**process_tags(), PROCESS_TAG: "1@an-earlier-boot.1"}
    runs = [
        instance.create_run_for_job(asleep, status=dg.DagsterRunStatus.STARTED, tags=tags)
        for tags in (gone, process_tags(), {})
    ]
    tick(nightly_schedule(settings(tmp_path)), instance, "2026-10-01")
    after = [instance.get_run_by_id(run.run_id).status for run in runs]
    assert after == [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTED]


def test_a_process_of_another_machine_is_not_judged() -> None:
    assert not is_dead({HOST_TAG: "elsewhere", PROCESS_TAG: "1@gone"})
