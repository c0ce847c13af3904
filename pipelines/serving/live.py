"""The release that `current` points at now, for a process that runs for long and reads with many threads.

Every reading looks where `current` points (a link and a file to look up, microseconds). A new release is opened beside
the old one, which its last reader closes; one open database a reader, one cursor a reading.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.errors import UserError
from pipelines.serving.principal import LEADERSHIP, Principal
from pipelines.serving.release import Release, open_release, warehouse_path
from pipelines.settings import Settings

PATIENCE = 30.0  # seconds that a reading waits for others to open a release, or to let go of an erased one


class PublishedFile(NamedTuple):
    """One published file: an erasure puts another one in the same place."""

    path: Path
    device: int
    inode: int
    changed_at: int


class _Open:
    """A release that is open for one principal, or being opened (`release` None), and how many are reading it."""

    def __init__(self, file: PublishedFile) -> None:
        self.file = file
        self.release: Release | None = None
        self.readers = 1  # whoever opens it


class LiveRelease:
    """Hands out the current release to every reader, never two in one reading, and holds nothing older open.

    Thread-safe. At most `max_principals` readers' databases stay open between readings (more only while as many read at
    once). Close it at the end of the process; use nothing of it after.
    """

    def __init__(self, settings: Settings, max_principals: int = 32) -> None:
        self._settings = settings
        self._max = max_principals
        self._changed = threading.Condition()
        self._file: PublishedFile | None = None  # of everything in _current
        self._current: OrderedDict[Principal, _Open] = OrderedDict()  # least recently used first
        self._retired: set[_Open] = set()  # of a file before; each goes with its last reader

    @contextmanager
    def reading(self, principal: Principal = LEADERSHIP) -> Iterator[Release]:
        """The release that is current now, with what the principal may see; it stays the same for the whole block.

        Use it in the thread that asked for it. Raises UserError where there is no release or it cannot be opened.
        """
        opened, release = self._take(principal)
        try:
            with release:
                yield release
        finally:
            self._give_back(opened)

    @property
    def release_id(self) -> str:
        """Of the release that is current now: the name of its folder. Inside a reading, ask its manifest."""
        return warehouse_path(self._settings).parent.name

    @property
    def manifest(self) -> dict[str, Any]:
        """Of the release that is current now. Inside a reading, ask the release."""
        with self.reading() as release:
            return release.manifest

    def follow(self) -> None:
        """Lets go of a release that is no longer current.

        Every reading does so; an app that nobody may use for hours calls it now and then.
        """
        with self._changed:
            self._follow()

    def close(self) -> None:
        """Closes everything; what is still being read is closed by its last reader."""
        with self._changed:
            self._retire()

    def _take(self, principal: Principal) -> tuple[_Open, Release]:
        """What is open for the principal, with the caller counted as reader, and a release of the caller's own."""
        with self._changed:
            while True:
                file = self._follow()
                opened = self._current.get(principal)
                if opened is not None and opened.release is not None:
                    opened.readers += 1
                    self._current.move_to_end(principal)
                    return opened, opened.release.again()
                if opened is None and not self._has_older_file_at(file):
                    opened = self._current[principal] = _Open(file)
                    break
                if not self._changed.wait(PATIENCE):
                    raise UserError("the release is being replaced and is still in use", do="try again in a minute")
        return self._open(principal, opened)

    def _open(self, principal: Principal, opened: _Open) -> tuple[_Open, Release]:
        """Opens outside the lock: others read meanwhile."""
        release = None
        try:
            release = open_release(opened.file.path, principal)
            twin = release.again()
        except BaseException:
            if release is not None:
                release.close()
            with self._changed:
                self._retired.discard(opened)
                if self._current.get(principal) is opened:
                    del self._current[principal]
                self._changed.notify_all()
            raise
        with self._changed:
            opened.release = release
            self._changed.notify_all()
        return opened, twin

    def _give_back(self, opened: _Open) -> None:
        with self._changed:
            opened.readers -= 1
            if opened in self._retired and not opened.readers:
                self._close(opened)
            self._follow()
            self._close_the_idlest()

    def _follow(self) -> PublishedFile:
        """The file that is current now; where it is another one than before, what was open is retired."""
        file = file_at(warehouse_path(self._settings))
        if file != self._file:
            self._retire()
            self._file = file
        return file

    def _retire(self) -> None:
        self._file = None
        retired = list(self._current.values())
        self._current.clear()
        self._retired.update(retired)
        for opened in retired:
            if not opened.readers:
                self._close(opened)

    def _close(self, opened: _Open) -> None:
        self._retired.discard(opened)
        if opened.release is not None:
            opened.release.close()
        self._changed.notify_all()

    def _close_the_idlest(self) -> None:
        idle = [principal for principal, opened in self._current.items() if not opened.readers]
        for principal in idle[: max(0, len(self._current) - self._max)]:
            self._close(self._current.pop(principal))

    def _has_older_file_at(self, file: PublishedFile) -> bool:
        """DuckDB gives what it has open at a path to whoever opens that path, so another file has to wait for it."""
        return any(opened.file.path == file.path and opened.file != file for opened in self._retired)


def file_at(path: Path) -> PublishedFile:
    """What stands at a path now; two that differ are two publications."""
    try:
        found = path.stat()
    except OSError:  # none is there, or none that may be read: opening it says which, in the words of an error
        return PublishedFile(path, 0, 0, 0)
    return PublishedFile(path, found.st_dev, found.st_ino, found.st_mtime_ns)
