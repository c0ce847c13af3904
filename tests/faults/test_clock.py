"""Promise: a clock that jumps changes neither the order of releases nor which rows are the newest."""

import re
from pathlib import Path

import pytest

from tests.faults import machine
from tests.faults.looks import assert_whole, live
from tests.small_company import USERS, tenure, write_inbox
from tests.warm import Refresher

pytestmark = pytest.mark.slow
RENAMED = USERS.replace("Ann Manager", "Ann Director")
RENAMED_AGAIN = USERS.replace("Ann Manager", "Ann President")


def names(home: Path) -> str:
    query = "select am_name from marts.dim_account_managers where am_id = 'am1'"
    return tenure(home, "sql", query, "--format", "csv").stdout.split("\n")[1]


def test_a_clock_that_was_set_back_orders_nothing(home: Path, nightly: Refresher, tmp_path: Path) -> None:
    """One refresh runs 400 days ahead, the next by the true clock: the later one is live, newest and right."""
    first = live(home)
    write_inbox(home, users=RENAMED)
    ahead = machine.refresh(home, **machine.shifted_clock(tmp_path, 400))
    assert ahead.returncode == 0, ahead.stderr
    second = live(home)
    assert second[:4] > first[:4], "the process did not see another year"
    assert names(home) == "Ann Director"

    write_inbox(home, users=RENAMED_AGAIN)
    back = nightly(home)
    assert back.status == 0, back.message
    third = live(home)
    assert third < second, "by its name the later release is the older one"
    assert names(home) == "Ann President", "the row that landed last is the newest, whatever the clock says"
    assert re.findall(r"^[* ] (\S+)  as of", tenure(home, "releases").stdout, re.MULTILINE) == [third, second, first]
    assert_whole(home)

    assert tenure(home, "rollback", first).returncode == 0
    assert live(home) == first
    assert nightly(home).status == 0
    assert_whole(home)


def test_releases_of_the_future_are_not_taken_for_the_newest(home: Path, nightly: Refresher) -> None:
    """keep_releases is 1: of a release of next year and one of today, published after it, today's stays."""
    (home / "tenure.toml").write_text("keep_releases = 1\n", encoding="utf-8")
    future = home / "releases" / "2099-01-01T0000-00000000"
    (home / "releases" / live(home)).rename(future)
    manifest = future / "manifest.json"
    text = manifest.read_text("utf-8").replace(live(home), future.name)
    manifest.unlink()
    manifest.write_text(text, encoding="utf-8")
    (home / "current").unlink()
    (home / "current").symlink_to(Path("releases") / future.name)
    write_inbox(home, users=RENAMED)
    after = nightly(home)
    assert after.status == 0, after.message
    assert [path.name for path in (home / "releases").iterdir()] == [live(home)]
    assert live(home) < future.name
    assert_whole(home)
