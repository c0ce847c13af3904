"""Processes that are killed at their Nth change of a file: `python -m tests.faults.victim WORK FOLDER FIRST LAST`.

Victim N works on the home FOLDER/N. The kill is SIGKILL, by itself, just before the change. Prints what each ended
with; victim 0 is not killed, and counts the changes.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.landing.registry import connectors_of
from pipelines.landing.run import code_sha256
from pipelines.landing.run import land as land_inbox
from pipelines.release import publish as rooms
from pipelines.release.manifest import read_manifest
from pipelines.settings import Settings, load_settings
from tests.small_company import AS_OF

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "os.truncate", "os.link"}


class Counter:
    """Counts changes below a folder, and kills the process before the one that is meant."""

    def __init__(self, folder: Path, fatal: int) -> None:
        self.folder, self.fatal, self.count = str(folder), fatal, 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and self._writes(arguments)):
            places = (os.fsdecode(place) for place in arguments if isinstance(place, str | bytes | os.PathLike))
            if any(place.startswith(self.folder) for place in places):
                self.count += 1
                if self.count == self.fatal:
                    os.kill(os.getpid(), signal.SIGKILL)

    @staticmethod
    def _writes(arguments: tuple[Any, ...]) -> bool:
        mode, flags = arguments[1], arguments[2]
        return any(sign in (mode or "") for sign in "wax+") or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))


def land(home: Path) -> None:
    land_inbox(settings_of(home), "killed")


def publish(home: Path) -> None:
    """Publish the one build there is, by the manifest that lies in the home, and tidy up."""
    settings = settings_of(home)
    rooms.publish(settings, next(settings.builds.iterdir()), read_manifest(home))
    rooms.remove_old_releases(settings)


def settings_of(home: Path) -> Settings:
    return load_settings(home, as_of=AS_OF)


def victim(work: Callable[[Path], None], home: Path, fatal: int) -> int:
    """A child of its own, forked from a process that has all imports and no thread yet."""
    out, told = os.pipe()
    child = os.fork()
    if child == 0:
        counter = Counter(home, fatal)
        sys.addaudithook(counter)
        work(home)
        os.write(told, str(counter.count).encode())
        os._exit(0)
    os.close(told)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    with os.fdopen(out) as counted:
        return ended or int(counted.read())


if __name__ == "__main__":
    chosen = {"land": land, "publish": publish}[sys.argv[1]]
    first, last = int(sys.argv[3]), int(sys.argv[4])
    connectors_of(settings_of(Path(sys.argv[2])))  # imports them, once for all children
    code_sha256()
    for number in range(first, last + 1):
        sys.stdout.write(f"{victim(chosen, Path(sys.argv[2]) / str(number), number)}\n")
