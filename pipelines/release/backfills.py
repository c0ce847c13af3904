"""Past months rebuilt from today's lake: `<home>/backfills/<YYYY-MM>/`, each a warehouse with its manifest and audit.

They are no part of the history of releases: nothing here touches `current`, and a month may be rebuilt at any time.
"""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

from pipelines.audit.profile import FOLDER
from pipelines.errors import UserError
from pipelines.release.files import freeze, fsync, remove_tree
from pipelines.release.manifest import MANIFEST_NAME, WAREHOUSE_NAME, Manifest, read_manifest, write_manifest
from pipelines.settings import Settings

BUILDS = ".builds"
KEPT = frozenset({WAREHOUSE_NAME, MANIFEST_NAME, FOLDER})


@dataclass(frozen=True)
class Backfill:
    """One rebuilt month; `month` is its first day."""

    month: dt.date
    path: Path
    manifest: Manifest


def builds_of(settings: Settings) -> Path:
    """Where months are built before they get their name."""
    return settings.backfills / BUILDS


def folder_of(settings: Settings, month: dt.date) -> Path:
    """Where a month is kept."""
    return settings.backfills / f"{month:%Y-%m}"


def read_backfill(settings: Settings, month: dt.date) -> Backfill | None:
    """A month that was rebuilt; None where it was not."""
    folder = folder_of(settings, month)
    return Backfill(month, folder, read_manifest(folder)) if (folder / MANIFEST_NAME).exists() else None


def find_backfill(settings: Settings, month: dt.date) -> Backfill:
    """A month that was rebuilt. Raises UserError where it was not, with the command that does it."""
    found = read_backfill(settings, month)
    if found is None:
        there = ", ".join(sorted(path.parent.name for path in settings.backfills.glob(f"*/{MANIFEST_NAME}")))
        raise UserError(
            f"{month:%Y-%m} was not rebuilt",
            where=str(settings.backfills),
            done=f"there are: {there}" if there else None,
            do=f"tenure backfill --from {month:%Y-%m} --to {month:%Y-%m} --home {settings.home}",
        )
    return found


def keep_backfill(settings: Settings, month: dt.date, build_dir: Path, manifest: Manifest) -> Path:
    """Give a sealed build its month's name, in place of what was there. The caller holds the home's lock."""
    for path in sorted(build_dir.iterdir()):
        if path.name not in KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    write_manifest(build_dir, manifest)
    freeze(build_dir)
    folder = folder_of(settings, month)
    if folder.exists():
        remove_tree(folder, builds_of(settings))
    build_dir.rename(folder)
    fsync(folder.parent)
    return folder


def remove_dead_backfills(settings: Settings) -> None:
    """Remove what runs that broke off left behind. The caller holds the home's lock."""
    shutil.rmtree(builds_of(settings), ignore_errors=True)
