"""Promise: a killed refresh leaves yesterday live, and the next one succeeds."""

import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.small_company import AS_OF, command, environment, refresh, tenure, write_inbox

pytestmark = pytest.mark.slow  # real processes, really killed

STEPS = ["land", "build", "audit", "seal", "dashboard", "freeze", "move", "swap", "tidy"]
PUBLISHED = {"tidy"}  # killed after the swap, the new release is live
PATIENCE = 240
SEED = 20260131


@pytest.fixture(scope="session")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("yesterday") / "home"
    write_inbox(home)
    first = refresh(home)
    assert first.returncode == 0, first.stderr
    return home


@pytest.fixture
def home(yesterday: Path, tmp_path: Path) -> Path:
    """A home with yesterday's release and a new file for today."""
    copy = tmp_path / "home"
    shutil.copytree(yesterday, copy, symlinks=True)
    write_inbox(copy, users_2="user_id,name,is_active\nam2,Bob Manager,true\n")
    return copy


def start(home: Path, **more: str) -> subprocess.Popen[bytes]:
    arguments = command("refresh", "--as-of", AS_OF, "--home", str(home))
    return subprocess.Popen(
        arguments, env=environment(**more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def live(home: Path) -> str:
    return (home / "current").readlink().name


def assert_live_and_whole(home: Path, expected: str | None = None) -> None:
    if expected:
        assert live(home) == expected
    assert (home / "current" / "manifest.json").exists()
    assert (home / "current" / "dashboard" / "index.html").exists()
    answer = tenure(home, "sql", "select count(*) as clients from marts.dim_clients", "--format", "csv")
    assert answer.stdout == "clients\n2\n", answer.stderr


def assert_next_refresh_succeeds(home: Path) -> None:
    answer = refresh(home)
    assert answer.returncode == 0, answer.stderr
    assert_live_and_whole(home)
    assert not list((home / "builds").iterdir())
    assert {path.name for path in (home / "releases").iterdir()} >= {live(home)}


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_refresh_leaves_yesterday_live(home: Path, step: str) -> None:
    before = live(home)
    process = start(home, TENURE_PAUSE_AT=step)
    deadline = time.monotonic() + PATIENCE
    while not (home / "paused").exists():
        assert process.poll() is None, f"the refresh ended before it came to {step}"
        assert time.monotonic() < deadline, f"the refresh never came to {step}"
        time.sleep(0.05)
    kill(process)
    assert (live(home) != before) == (step in PUBLISHED)
    assert_live_and_whole(home)
    assert_next_refresh_succeeds(home)


@pytest.mark.parametrize("attempt", range(5))
def test_a_refresh_killed_at_a_random_moment_leaves_yesterday_live(home: Path, attempt: int) -> None:
    before = live(home)
    moment = random.Random(SEED + attempt).uniform(0.5, 25)
    process = start(home)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        kill(process)
        assert process.returncode == -signal.SIGKILL
    if live(home) != before:  # the moment came after the swap: then today's release must be the newest there is
        assert live(home) in tenure(home, "releases").stdout.splitlines()[0]
    assert_live_and_whole(home)
    assert_next_refresh_succeeds(home)


def test_a_second_refresh_is_told_who_is_at_work(home: Path) -> None:
    process = start(home, TENURE_PAUSE_AT="land")
    try:
        while not (home / "paused").exists():
            time.sleep(0.05)
        answer = refresh(home)
        assert answer.returncode == 4
        assert f"process {process.pid}" in answer.stderr
    finally:
        kill(process)
