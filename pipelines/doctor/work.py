"""Is a refresh at work, and what did earlier ones leave behind?"""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.audit.gate import BLOCKED_MARK
from pipelines.doctor.diagnosis import Diagnosis, bad, note, ok
from pipelines.doctor.folders import GIB, size_of
from pipelines.release.kept import newest_blocked
from pipelines.release.lock import LOCK_NAME
from pipelines.settings import Settings

KERNEL_LOCKS = Path("/proc/locks")
SINCE = re.compile(r"since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


def look_at_lock(settings: Settings) -> Iterator[Diagnosis]:
    """Who holds the home's lock, and not for too long."""
    held = is_held(settings.home / LOCK_NAME)
    if held is None:
        yield note("lock", "this system does not tell who holds a lock")
        return
    if not held:
        yield ok("lock", "no refresh is at work")
        return
    holder = (settings.home / LOCK_NAME).read_text(encoding="utf-8") or "holder unknown"
    since = SINCE.search(holder)
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(f"{since[1]}+00:00") if since else dt.timedelta()
    if age > dt.timedelta(minutes=settings.run_timeout_minutes):
        text = f"a refresh is at work for longer than run_timeout_minutes ({settings.run_timeout_minutes}): {holder}"
        yield bad("lock", text, "see what it does, end that process; the next refresh heals what it leaves")
    else:
        yield note("lock", f"a refresh is at work: {holder}")


def look_at_builds(settings: Settings) -> Iterator[Diagnosis]:
    """Builds that wait for a person, and builds of runs that died."""
    blocked = newest_blocked(settings)
    if blocked is not None:
        at = dt.datetime.fromtimestamp((blocked / BLOCKED_MARK).stat().st_mtime, dt.UTC)
        text = f"the refresh of {at:%Y-%m-%d %H:%M} UTC was blocked and waits for a person"
        do = f"read {blocked / BLOCKED_MARK}, correct the exports, or `tenure release --accept CHECK --reason ...`"
        yield note("builds", text, do)
    builds = sorted(settings.builds.iterdir()) if settings.builds.is_dir() else []
    dead = [path for path in builds if path != blocked]
    if dead and not is_held(settings.home / LOCK_NAME):
        size = sum(size_of(path) for path in dead) / GIB
        text = f"{len(dead)} left by runs that ended early ({size:.2f} GiB)"
        yield note("builds", text, "nothing: the next refresh removes them")
    elif blocked is None:
        yield ok("builds", "nothing is left over")


def is_held(path: Path) -> bool | None:
    """Whether some process holds the kernel's lock on a file, without touching it; None where the kernel hides it."""
    try:
        file = path.stat()
    except FileNotFoundError:
        return False
    try:
        lines = KERNEL_LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    # Such as "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF": device by device, then the file's number.
    return any(f":{file.st_ino}" in line and line.split()[-3].endswith(f":{file.st_ino}") for line in lines)
