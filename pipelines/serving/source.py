"""What a person's own SQL is asked of: the release that is current, or a month that was rebuilt, and as whom."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from pipelines.release.backfills import find_backfill
from pipelines.serving.access import reader_named
from pipelines.serving.live import PublishedFile, file_at
from pipelines.serving.release import Release, open_release, warehouse_path
from pipelines.settings import Settings


@dataclass(frozen=True)
class Source:
    """`login` is a person of `access.toml` (None: the operator, who sees everything), `as_of` any day of the month."""

    settings: Settings
    login: str | None = None
    as_of: dt.date | None = None

    @property
    def file(self) -> PublishedFile:
        """What stands there now: another value than before means that something was published since."""
        return file_at(self._path)

    def open(self) -> Release:
        """Opens it for SQL that the person writes. Raises UserError as `open_release` and `reader_named` do."""
        return open_release(self._path, reader_named(self.settings, self.login), own_sql=True)

    @property
    def _path(self) -> Path:
        folder = find_backfill(self.settings, self.as_of).path if self.as_of else self.settings
        return warehouse_path(folder)
