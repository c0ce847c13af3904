"""Files of an export folder: each written whole or not at all, and the manifest that names them."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import UserError
from pipelines.exports.seal import Seal, content_hash
from pipelines.release.files import fsync, sha256_of_file, write_durably

MANIFEST = "exports.json"
LEVELS = 2  # folders above a file in which its manifest may lie


class Entry(BaseModel):
    """One file of the folder: `path` is relative to the manifest, `sha256` that of its bytes."""

    model_config = ConfigDict(frozen=True)

    path: str
    kind: str
    release_id: str
    bytes: int
    sha256: str
    content_sha256: str
    tables: tuple[Seal, ...]


class Manifest(BaseModel):
    """All files that an export wrote into one folder."""

    model_config = ConfigDict(frozen=True)

    files: tuple[Entry, ...] = ()

    def entry_of(self, path: str) -> Entry | None:
        return next((entry for entry in self.files if entry.path == path), None)

    def as_bytes(self) -> bytes:
        return (self.model_dump_json(indent=1) + "\n").encode()


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to; what was written gets its name when the block ends well, and is removed when it does not.

    What an export that was killed left of the same file is removed too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        leftover.unlink(missing_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield draft
        fsync(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    fsync(path.parent)


def entry_of(out: Path, path: Path, kind: str, release_id: str, seals: list[Seal]) -> Entry:
    """What the manifest says of a file that was just written."""
    return Entry(
        path=path.relative_to(out).as_posix(),
        kind=kind,
        release_id=release_id,
        bytes=path.stat().st_size,
        sha256=sha256_of_file(path),
        content_sha256=content_hash(seals),
        tables=tuple(seals),
    )


def folder_of(path: Path) -> Path | None:
    """The folder of the export that a file still lies in: where its manifest is, beside the file or one level up."""
    return next((folder for folder in list(path.resolve().parents)[:LEVELS] if (folder / MANIFEST).exists()), None)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none. Raises UserError for one that cannot be read."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UserError(
            f"the list of exported files cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            do="remove it, and export again",
        ) from None


def write_manifest(out: Path, entries: list[Entry], kinds: Collection[str]) -> None:
    """Names the new files in the folder's manifest and removes those of the same kinds that were not written again.

    A folder that every night exports into thus keeps no extract of somebody who has left.
    """
    written = {entry.path for entry in entries}
    before = read_manifest(out) or Manifest()
    others = [entry for entry in before.files if entry.path not in written]
    for entry in others:
        stale = (out / entry.path).resolve()
        if entry.kind in kinds and stale.is_relative_to(out.resolve()):
            stale.unlink(missing_ok=True)
    kept = [entry for entry in others if entry.kind not in kinds]
    files = tuple(sorted([*entries, *kept], key=lambda entry: entry.path))
    write_durably(out / MANIFEST, Manifest(files=files).as_bytes())
