"""One writer at a time: the lock every refresh and rollback of a home takes, and who holds it.

The lock is the kernel's (flock), so that a killed holder never leaves it locked.
"""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from pipelines.errors import LockHeld, UserError
from pipelines.settings import Settings

LOCK_NAME = "refresh.lock"


@contextmanager
def refresh_lock(settings: Settings) -> Iterator[None]:
    """Hold the home's lock; taking it again in the same thread is free. Raises LockHeld at once if another has it."""
    lock = _acquire(settings)
    try:
        yield
    finally:
        lock.release()


def _acquire(settings: Settings) -> BaseFileLock:
    path = settings.home / LOCK_NAME
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0, is_singleton=True)
        lock.acquire()
        if lock.lock_counter == 1:
            _sign(path)
        return lock
    except Timeout:
        raise LockHeld(
            "another refresh is at work on this home",
            where=f"{settings.home} ({_holder(path)})",
            done="nothing was changed",
            do="wait until it has finished, then run the command again",
        ) from None
    except OSError as error:
        raise UserError(
            f"the home folder cannot be written: {error.strerror}",
            where=str(error.filename or settings.home),
            done="nothing was changed",
            do="give this user the right to write there, or choose another folder with --home",
        ) from None


def _sign(path: Path) -> None:
    path.write_text(f"process {os.getpid()}, since {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC", encoding="utf-8")


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") or "holder unknown"
    except OSError:
        return "holder unknown"
