"""Promise: a killed refresh leaves yesterday live, and the next one succeeds."""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.looks import assert_tidy, assert_whole, live
from tests.mart_hashes import mart_hashes
from tests.small_company import AS_OF, command, environment, refresh, tenure, write_inbox
from tests.warm import Refresher

pytestmark = pytest.mark.slow  # real processes, really killed

STEPS = ["land", "build", "audit", "seal", "dashboard", "exports", "freeze", "move", "swap", "tidy"]
PUBLISHED = {"tidy"}  # killed after the swap, the new release is live
PATIENCE = 240
SEED = 20260131
SERIES, KILLS = 3, 8  # kills of one series hit the same home, each on the leftovers of those before
BOB = "user_id,name,is_active\nam2,Bob Manager,true\n"


@pytest.fixture
def home(home: Path) -> Path:
    """A home with yesterday's release and a new file for today."""
    write_inbox(home, users_2=BOB)
    return home


def start(home: Path, **more: str) -> subprocess.Popen[bytes]:
    arguments = command("refresh", "--as-of", AS_OF, "--home", str(home))
    return subprocess.Popen(
        arguments, env=environment(**more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def assert_next_refresh_succeeds(home: Path, nightly: Refresher) -> None:
    answer = nightly(home)
    assert answer.status == 0, answer.message
    assert_whole(home)
    assert_tidy(home)
    assert {path.name for path in (home / "releases").iterdir()} >= {live(home)}


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_refresh_leaves_yesterday_live(
    home: Path, nightly: Refresher, step: str, measured: Callable[[str], None]
) -> None:
    """SIGKILL at each named step, from landing to tidying up."""
    before = live(home)
    process = start(home, TENURE_PAUSE_AT=step)
    deadline = time.monotonic() + PATIENCE
    while not (home / "paused").exists():
        assert process.poll() is None, f"the refresh ended before it came to {step}"
        assert time.monotonic() < deadline, f"the refresh never came to {step}"
        time.sleep(0.05)
    kill(process)
    assert (live(home) != before) == (step in PUBLISHED)
    assert_whole(home)
    assert_next_refresh_succeeds(home, nightly)
    measured(f"{len(STEPS)} steps, one kill at each: 0 broken releases")


@pytest.fixture(scope="module")
def usual_seconds(yesterday: Path, tmp_path_factory: pytest.TempPathFactory, nightly: Refresher) -> float:
    """What a whole refresh takes here and now, as a process of its own."""
    copy = shutil.copytree(yesterday, tmp_path_factory.mktemp("usual") / "home", symlinks=True)
    write_inbox(copy, users_2=BOB)
    begun = time.monotonic()
    assert refresh(copy).returncode == 0
    return time.monotonic() - begun


@pytest.mark.parametrize("series", range(SERIES))
def test_a_refresh_killed_at_random_moments_leaves_yesterday_live(
    home: Path, nightly: Refresher, series: int, usual_seconds: float, measured: Callable[[str], None]
) -> None:
    """SIGKILL at random moments of a whole refresh, kill upon kill on one home, then one refresh in peace."""
    before, figures = live(home), mart_hashes(home / "current")
    dice, killed = random.Random(SEED + series), 0
    for number in range(KILLS):
        write_inbox(home, **{f"users_{number + 3}": BOB})  # something is new each time
        process = start(home)
        try:
            process.wait(usual_seconds * dice.uniform(0.05, 1))
        except subprocess.TimeoutExpired:
            kill(process)
            killed += 1
        if live(home) != before:  # the moment came after the swap: then it is the newest release there is
            before = live(home)
            assert before in tenure(home, "releases").stdout.splitlines()[0]
        assert_whole(home)
    assert_next_refresh_succeeds(home, nightly)
    assert mart_hashes(home / "current").keys() == figures.keys()
    assert killed, "no moment fell into a refresh"  # how many do is the machine's mood
    measured(f"{SERIES} series of {KILLS} kills, each in a home of its own: 0 broken releases")


def test_a_second_refresh_is_told_who_is_at_work(home: Path) -> None:
    """Two refreshes at once: the second ends with status 4 and names the process of the first."""
    process = start(home, TENURE_PAUSE_AT="land")
    try:
        while not (home / "paused").exists():
            time.sleep(0.05)
        answer = refresh(home)
        assert answer.returncode == 4
        assert f"process {process.pid}" in answer.stderr
    finally:
        kill(process)
