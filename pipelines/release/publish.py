"""From a finished build to the live release, in steps that may each be the last one before a power cut.

    builds/<run>/  --freeze-->  --rename-->  releases/<id>/  --symlink-->  current

A directory under `releases/` is always complete, because it gets there by one rename; `current` always points at one of
them, because it is replaced by one rename. Killed in between, the worst that stays behind is a leftover the janitor
removes in the next run. Nothing here looks at numbers.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from pipelines.audit.gate import BLOCKED_MARK
from pipelines.audit.profile import FOLDER
from pipelines.engine import CONFIG
from pipelines.release.files import freeze, fsync, remove_tree, sha256_of_file
from pipelines.release.history import current_id, list_releases, make_current
from pipelines.release.manifest import EXPORTS, MANIFEST_NAME, WAREHOUSE_NAME, Manifest, write_manifest
from pipelines.settings import Settings

# What a reader of a release finds in it. Whatever else a build holds is scratch.
PUBLISHED = frozenset({WAREHOUSE_NAME, MANIFEST_NAME, "dashboard", FOLDER, EXPORTS})


def seal(build_dir: Path) -> str:
    """Close the warehouse of a build for good: checkpointed, no `.wal` beside it, read-only. Returns its sha256."""
    import duckdb

    warehouse = build_dir / WAREHOUSE_NAME
    with duckdb.connect(str(warehouse), config=CONFIG) as connection:
        connection.execute("checkpoint")
    leftover = warehouse.with_name(f"{WAREHOUSE_NAME}.wal")
    if leftover.exists():
        raise RuntimeError(f"{leftover} is still there after a checkpoint: something else holds the build open")
    warehouse.chmod(0o444)
    fsync(warehouse)
    return sha256_of_file(warehouse)


def publish(
    settings: Settings, build_dir: Path, manifest: Manifest, reached: Callable[[str], None] = lambda step: None
) -> Path:
    """Make a sealed build with its manifest the current release. Returns the release's directory.

    `reached` is told each step before it is done.
    """
    reached("freeze")
    _drop_scratch(build_dir)
    write_manifest(build_dir, manifest)
    freeze(build_dir)
    reached("move")
    release_dir = settings.releases / manifest.release_id
    settings.releases.mkdir(parents=True, exist_ok=True)
    build_dir.rename(release_dir)
    fsync(settings.releases)
    reached("swap")
    make_current(settings, manifest.release_id)
    return release_dir


def remove_old_releases(settings: Settings) -> list[str]:
    """Keep the newest `keep_releases`, and always the current one. Returns the ids that were removed."""
    live = current_id(settings)
    old = [release for release in list_releases(settings)[settings.keep_releases :] if release.release_id != live]
    for release in old:
        remove_tree(release.path, settings.builds)
    return [release.release_id for release in old]


def remove_dead_builds(settings: Settings) -> list[str]:
    """Remove what dead runs left: builds and half-made links (the caller holds the lock, so no other run is alive).

    The newest blocked build stays, for inspection. Returns the names that were removed.
    """
    for link in settings.home.glob(f".{settings.current.name}.*.tmp"):
        link.unlink()
    if not settings.builds.is_dir():
        return []
    blocked = sorted(
        (path for path in settings.builds.iterdir() if (path / BLOCKED_MARK).exists()),
        key=lambda path: (path / BLOCKED_MARK).stat().st_mtime_ns,
    )
    dead = [path for path in sorted(settings.builds.iterdir()) if path not in blocked[-1:]]
    for path in dead:
        if path.is_dir():
            remove_tree(path, settings.builds)
        else:
            path.unlink()
    return [path.name for path in dead]


def _drop_scratch(build_dir: Path) -> None:
    for path in sorted(build_dir.iterdir()):
        if path.name in PUBLISHED:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
