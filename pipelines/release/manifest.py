"""The manifest: what a release is, what it was made from and what its headline says. Stored as `manifest.json` in it.

Reading and writing that one file belongs here; moving releases about belongs to `publish`.
"""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.audit.checks import Acceptance
from pipelines.audit.record import Publication
from pipelines.errors import UserError
from pipelines.release.files import sha256_of_file, write_durably
from pipelines.release.identity import Identity

MANIFEST_NAME = "manifest.json"
WAREHOUSE_NAME = "warehouse.duckdb"
EXPORTS = "exports"


class FileRecord(BaseModel):
    """A file of a release as it was published."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """One release.

    `sequence` counts publications of the home, whatever the clock says. `publications` is the home's whole log with
    this release last. `row_counts` maps `schema.table` to rows. `headline` holds the figures `tenure refresh` prints.
    `acceptances` is the home's whole log of checks that somebody published over. `exports` maps each file below
    `exports/` to what was published; None in releases from before there were any. `erasures`: when persons were taken
    out of this release after its publication, and the hash of its warehouse before.
    """

    model_config = ConfigDict(frozen=True)

    release_id: str
    sequence: int
    published_at: dt.datetime
    run_id: str
    identity: Identity
    fingerprint: str
    warehouse_sha256: str
    row_counts: dict[str, int]
    headline: dict[str, Any]
    checks: dict[str, int]
    publications: list[Publication]
    acceptances: list[Acceptance] = []
    exports: dict[str, FileRecord] | None = None
    erasures: list[dict[str, str]] = []


def new_release_id(now: dt.datetime, fingerprint: str, run_id: str) -> str:
    """Such as `2026-11-23T0331-9f86d081`: the UTC minute of publication, then a hash that tells runs of it apart."""
    return f"{now:%Y-%m-%dT%H%M}-{hashlib.sha256(f'{fingerprint} {run_id}'.encode()).hexdigest()[:8]}"


def file_record(path: Path) -> FileRecord:
    """What a file is now."""
    return FileRecord(bytes=path.stat().st_size, sha256=sha256_of_file(path))


def file_records(folder: Path) -> dict[str, FileRecord]:
    """Every file below a folder, by its path there; none where there is no folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): file_record(path) for path in files}


def changed_exports(directory: Path, manifest: Manifest) -> list[str]:
    """Exported files of a release that are not as they were published, are gone, or came later, by their paths."""
    if manifest.exports is None:
        return []
    found = file_records(directory / EXPORTS)
    names = sorted({*found, *manifest.exports})
    return [f"{EXPORTS}/{name}" for name in names if found.get(name) != manifest.exports.get(name)]


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write `manifest.json`, whole or not at all."""
    write_durably(directory / MANIFEST_NAME, manifest.model_dump_json(indent=1).encode())


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a release directory. Raises UserError when it is missing or damaged."""
    path = directory / MANIFEST_NAME
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(
            f"release '{directory.name}' has no readable manifest ({type(error).__name__})",
            where=str(path),
            done="nothing was changed",
            do="choose another release from `tenure releases`, or run `tenure refresh`",
        ) from None
