"""The people of the access file, read again whenever the file changes: who is taken out is out at once."""

from __future__ import annotations

import threading

from pipelines.serving.access import ACCESS_FILE, Access, read_access
from pipelines.settings import Settings


class People:
    """The access file of a home as it stands now. A file that became wrong gives access to nobody (UserError)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._version: tuple[int, int] | None = None
        self._access = read_access(settings)

    @property
    def access(self) -> Access:
        with self._lock:
            version = self._file_version()
            if version != self._version:
                self._access, self._version = read_access(self.settings), version
            return self._access

    def _file_version(self) -> tuple[int, int] | None:
        try:
            found = (self.settings.home / ACCESS_FILE).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size
