"""The releases of a home: which there are, which one is live, and the way back to an older one."""

from dataclasses import dataclass
from pathlib import Path

from pipelines.audit.profile import Profile, read_profile
from pipelines.errors import UserError
from pipelines.release.files import replace_symlink, sha256_of_file
from pipelines.release.manifest import MANIFEST_NAME, WAREHOUSE_NAME, Manifest, read_manifest
from pipelines.settings import Settings


@dataclass(frozen=True)
class PastRelease:
    """A release on disk."""

    release_id: str
    path: Path
    manifest: Manifest
    is_current: bool


def current_id(settings: Settings) -> str | None:
    """The id `current` points at; None before the first publication."""
    try:
        return settings.current.readlink().name
    except OSError:
        return None


def current_manifest(settings: Settings) -> Manifest | None:
    """The manifest of the live release; None before the first publication."""
    live = current_id(settings)
    return read_manifest(settings.releases / live) if live and (settings.releases / live).is_dir() else None


def list_releases(settings: Settings) -> list[PastRelease]:
    """All releases, the newest publication first (by sequence: clocks jump)."""
    live = current_id(settings)
    folders = [path.parent for path in settings.releases.glob(f"*/{MANIFEST_NAME}")]
    found = [PastRelease(folder.name, folder, read_manifest(folder), folder.name == live) for folder in folders]
    return sorted(found, key=lambda release: (release.manifest.sequence, release.release_id), reverse=True)


def good_profiles(settings: Settings, count: int = 5) -> list[Profile]:
    """Profiles of the last good releases, the live one last: no newer than it, and none of a later as-of day."""
    found: list[Profile] = []
    releases = list_releases(settings)
    live = next((release.manifest.sequence for release in releases if release.is_current), 0)
    for release in releases:
        if release.manifest.sequence > live or len(found) == count:
            continue
        profile = read_profile(release.path)
        if profile is not None and profile.as_of_on <= settings.as_of:
            found.insert(0, profile)
    return found


def make_current(settings: Settings, release_id: str) -> None:
    """Point `current` at a release, by a relative link, so that a home can be moved as a whole."""
    replace_symlink(settings.current, Path(settings.releases.name) / release_id)


def rollback(settings: Settings, wanted: str) -> PastRelease:
    """Make an older (or newer) release the live one. `wanted` is an id or a part that only one id has.

    The caller holds the refresh lock. Raises UserError when no single release is meant, or when its warehouse is not
    the one that was published.
    """
    release = only_match(list_releases(settings), wanted)
    if sha256_of_file(release.path / WAREHOUSE_NAME) != release.manifest.warehouse_sha256:
        raise UserError(
            f"the warehouse of release '{release.release_id}' is not the file that was published",
            where=str(release.path / WAREHOUSE_NAME),
            done="nothing was changed; the live release stays",
            do="choose another release from `tenure releases`, or run `tenure refresh --force`",
        )
    make_current(settings, release.release_id)
    return PastRelease(release.release_id, release.path, release.manifest, is_current=True)


def only_match(releases: list[PastRelease], wanted: str) -> PastRelease:
    """The release with this id, or the one whose id has it as a part. Raises UserError when no single one is meant."""
    exact = [release for release in releases if release.release_id == wanted]
    matching = exact or [release for release in releases if wanted and wanted in release.release_id]
    if len(matching) == 1:
        return matching[0]
    what = f"'{wanted}' means more than one release" if matching else f"there is no release '{wanted}'"
    shown = ", ".join(release.release_id for release in (matching or releases)[:5]) or "none yet"
    raise UserError(what, done="nothing was changed", do=f"name one of: {shown} (`tenure releases` lists all)")
