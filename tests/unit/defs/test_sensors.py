"""The sensor for new files: it waits until they are complete, and asks once for each set."""

import datetime as dt
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.sensors import new_files_sensor, pending_files
from pipelines.settings import Settings

HOUR_AGO = time.time() - 3600


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "inbox").mkdir()
    return Settings(home=tmp_path, as_of=dt.date(2026, 1, 31))


def drop(settings: Settings, name: str, text: str = "a,b\n", at: float = HOUR_AGO) -> None:
    path = settings.inbox / name
    path.write_text(text)
    os.utime(path, (at, at))


def land(settings: Settings, name: str, loaded_at: str) -> None:
    """As the ledger says it of a landed file."""
    folder = settings.lake / "_ledger"
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"file_name": name, "size": (settings.inbox / name).stat().st_size, "loaded_at": loaded_at}
    (folder / f"{len(list(folder.iterdir())):08d}.json").write_text(json.dumps(entry))


def looks(settings: Settings, instance: dg.DagsterInstance, cursor: str | None = None) -> tuple[list[str], str]:
    """One look of the sensor: the runs it asks for, and its cursor."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    answer = new_files_sensor(settings)(context)
    return [request.run_key for request in answer.run_requests or []], answer.cursor


def test_it_is_off_until_somebody_starts_it(settings: Settings) -> None:
    assert new_files_sensor(settings).default_status is dg.DefaultSensorStatus.STOPPED


def test_new_files_start_one_run_at_the_second_look(settings: Settings, instance: dg.DagsterInstance) -> None:
    drop(settings, "accounts.csv")
    first, cursor = looks(settings, instance)
    second, cursor = looks(settings, instance, cursor)
    third, _ = looks(settings, instance, cursor)
    assert (len(first), len(second), len(third)) == (0, 1, 0)


def test_a_file_that_changes_between_two_looks_is_waited_for(settings: Settings, instance: dg.DagsterInstance) -> None:
    drop(settings, "accounts.csv")
    _, cursor = looks(settings, instance)
    drop(settings, "accounts.csv", "a,b\n1,2\n")
    asked, cursor = looks(settings, instance, cursor)
    assert not asked
    assert looks(settings, instance, cursor)[0]


def test_a_young_file_is_waited_for(settings: Settings, instance: dg.DagsterInstance) -> None:
    drop(settings, "accounts.csv", at=time.time() - 10)
    _, cursor = looks(settings, instance)
    assert not looks(settings, instance, cursor)[0]


def test_a_file_that_is_still_being_written_is_waited_for(settings: Settings, instance: dg.DagsterInstance) -> None:
    drop(settings, "accounts.csv")
    drop(settings, "users.csv.part")
    _, cursor = looks(settings, instance)
    assert not looks(settings, instance, cursor)[0]


def test_what_was_landed_is_not_new_and_a_later_version_is(settings: Settings) -> None:
    drop(settings, "accounts.csv")
    land(settings, "accounts.csv", "2000-01-01T00:00:00Z")
    assert pending_files(settings).files
    land(settings, "accounts.csv", "2100-01-01T00:00:00Z")
    assert not pending_files(settings).files


def test_files_that_no_connector_knows_start_no_second_run(settings: Settings, instance: dg.DagsterInstance) -> None:
    drop(settings, "holiday.csv")
    drop(settings, "accounts.csv")
    _, cursor = looks(settings, instance)
    asked, cursor = looks(settings, instance, cursor)
    land(settings, "accounts.csv", "2100-01-01T00:00:00Z")
    after = [looks(settings, instance, cursor)]
    after.append(looks(settings, instance, after[0][1]))
    assert (len(asked), [requests for requests, _ in after]) == (1, [[], []])
