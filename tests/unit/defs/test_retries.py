"""What heals by itself is tried again by runs that nobody watches, and by no others."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.landing import is_arriving, land_when_possible, landing_assets
from pipelines.defs.run import RefreshRun, SilentReporter
from pipelines.defs.workers import Workers
from pipelines.errors import LockHeld
from pipelines.landing.inbox import FileProblem
from pipelines.landing.receipt import LandingReceipt
from pipelines.settings import PROJECT_ROOT, Settings

HOLD = """
import sys
from pathlib import Path
from pipelines.release.lock import refresh_lock
from pipelines.settings import load_settings
with refresh_lock(load_settings(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_lock(home: Path) -> Iterator[None]:
    """Another process at work on the home."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        yield
        other.kill()


@contextmanager
def run_of(home: Path, is_patient: bool) -> Iterator[RefreshRun]:
    settings = Settings(home=home, as_of=dt.date(2026, 1, 31), retries=2, retry_wait_seconds=1)
    with Workers() as workers:
        run = RefreshRun(settings, "r1", SilentReporter(), workers, is_patient=is_patient)
        try:
            yield run
        finally:
            run.release_lock()


def test_a_held_lock_is_asked_for_again_as_a_step_and_given_up_in_the_end(tmp_path: Path) -> None:
    with held_lock(tmp_path), run_of(tmp_path, is_patient=True) as run:
        result = dg.materialize(
            [landing_assets(["accounts"], {})], resources={"run": run}, raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )  # fmt: skip
    retried = [event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert len(retried) == 2
    assert not result.success
    assert "another refresh is at work" in str(failed.step_failure_data.error)


def test_the_command_is_told_at_once_that_another_is_at_work(tmp_path: Path) -> None:
    with held_lock(tmp_path), run_of(tmp_path, is_patient=False) as run, pytest.raises(LockHeld):
        land_when_possible(run, attempt=0)


def test_a_file_that_is_arriving_is_waited_for_without_the_lock(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "accounts.csv.part").write_text("half")
    with run_of(tmp_path, is_patient=True) as run:
        with pytest.raises(dg.RetryRequested):
            land_when_possible(run, attempt=0)
        with run_of(tmp_path, is_patient=False) as other:
            other.take_lock()


def test_what_was_left_half_written_long_ago_is_not_waited_for(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, as_of=dt.date(2026, 1, 31))
    settings.inbox.mkdir()
    path = settings.inbox / "old.part"
    path.write_text("half")
    receipt = LandingReceipt(waiting=[FileProblem("old.part", "still being written", "")])
    assert is_arriving(settings, receipt)
    day_ago = time.time() - 86_400
    os.utime(path, (day_ago, day_ago))
    assert not is_arriving(settings, receipt)
