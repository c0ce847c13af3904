"""Promise: a disk that takes no more, or that may not be read or written, costs a night and never a release.

The command says what is wrong and what to do, yesterday stays live, and the next refresh on a sound disk publishes.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import machine
from tests.faults.looks import assert_tidy, assert_whole, live
from tests.small_company import USERS, write_inbox
from tests.warm import Refresher

pytestmark = pytest.mark.slow  # whole processes
MB = 1 << 20
BOB = USERS + "am2,Bob Manager,true\n"


def assert_next_night_publishes(home: Path, nightly: Refresher, before: str) -> None:
    assert live(home) == before
    assert_whole(home)
    after = nightly(home)
    assert after.status == 0, after.message
    assert live(home) != before
    assert_whole(home)
    assert_tidy(home)


def test_a_full_disk_is_named_and_the_next_refresh_heals(
    home: Path, nightly: Refresher, measured: Callable[[str], None]
) -> None:
    """The folder of builds is a real file system of 8 MB, which the warehouse fills."""
    before, size = live(home), (home / "current" / "warehouse.duckdb").stat().st_size
    write_inbox(home, users_2=BOB)
    answer = machine.refresh(home, before=machine.mounted(f"-t tmpfs -o size=8m none '{home / 'builds'}'"))
    assert answer.returncode == 1
    assert "the disk takes no more" in answer.stderr
    assert "make room" in answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    assert_next_night_publishes(home, nightly, before)
    measured(f"8 MB of disk for a warehouse of {size / MB:.0f} MB: status 1, the old release live")


@pytest.mark.parametrize("most_bytes", [200, 8 * MB], ids=["while landing", "while building"])
def test_a_file_size_limit_is_named_and_the_next_refresh_heals(
    home: Path, nightly: Refresher, most_bytes: int, measured: Callable[[str], None]
) -> None:
    """No file may grow beyond 200 bytes (landing fails) or 8 MB (the build fails)."""
    before = live(home)
    write_inbox(home, users_2=BOB)
    answer = machine.refresh(home, prepare=machine.file_size_limit(most_bytes))
    assert answer.returncode == 1
    assert "the disk takes no more" in answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    assert_next_night_publishes(home, nightly, before)
    measured("2 limits: status 1 each, the old release live, the next night published")


def test_a_read_only_disk_is_named(home: Path, nightly: Refresher) -> None:
    """The home is mounted read-only, as a file system is after an error."""
    before = live(home)
    write_inbox(home, users_2=BOB)
    bind = f"--bind '{home}' '{home}'"
    answer = machine.refresh(home, before=machine.mounted(bind, f"-o remount,ro,bind '{home}'"))
    assert answer.returncode == 2
    assert "the home folder cannot be written: Read-only file system" in answer.stderr
    assert_next_night_publishes(home, nightly, before)


def test_a_home_without_the_right_to_write_is_named(home: Path, nightly: Refresher) -> None:
    """The home's folder may only be read, and so may its lock."""
    before = live(home)
    write_inbox(home, users_2=BOB)
    (home / "refresh.lock").unlink()
    home.chmod(0o555)
    answer = machine.refresh(home, before=machine.without_rights())
    home.chmod(0o755)
    assert answer.returncode == 2
    assert "the home folder cannot be written: Permission denied" in answer.stderr
    assert "--home" in answer.stderr
    assert_next_night_publishes(home, nightly, before)


def test_an_unreadable_inbox_is_named(home: Path, nightly: Refresher) -> None:
    """The inbox may not be listed: that is no quiet night without news."""
    before = live(home)
    write_inbox(home, users_2=BOB)
    (home / "inbox").chmod(0o000)
    answer = machine.refresh(home, before=machine.without_rights())
    (home / "inbox").chmod(0o755)
    assert answer.returncode == 2
    assert "the inbox cannot be read: Permission denied" in answer.stderr
    assert_next_night_publishes(home, nightly, before)


def test_an_unreadable_file_or_folder_is_named_and_the_rest_is_published(home: Path) -> None:
    """One file and one folder of the inbox may not be read, another file is new."""
    before = live(home)
    write_inbox(home, users_2=BOB, contacts="contact_id,account_id\nc1,one\n")
    (home / "inbox" / "contacts.csv").chmod(0o000)
    (home / "inbox" / "closed").mkdir(0o000)
    answer = machine.refresh(home, before=machine.without_rights())
    (home / "inbox" / "closed").chmod(0o755)
    assert answer.returncode == 0, answer.stderr
    assert "contacts.csv: it cannot be read: Permission denied" in answer.stdout
    assert "closed: the folder cannot be opened: Permission denied" in answer.stdout
    assert live(home) != before
    assert_whole(home)
