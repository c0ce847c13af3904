"""The file ledger: which bytes were landed when, and the only code that writes to the lake.

A load is one file landed once. Its original is archived by hash, its rows go to one Parquet file for each entity, and
the ledger entry, written last and by rename, is the commit: without it the rest does not exist and is swept away by the
next run. What the rows mean is none of this module's business.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import polars as pl

from pipelines.errors import UserError
from pipelines.landing.connector import Finding, IncomingFile

LEDGER, QUARANTINE, ARCHIVE = "_ledger", "_quarantine", "_archive"
_TEMPORARY = ".tmp-"


@dataclass
class EntityCounts:
    """Row accounting of one entity of one load: read = landed + duplicate + quarantined.

    `control_totals`: what the file's own text of a money column adds up to, over the landed rows.
    """

    rows_read: int = 0
    rows_landed: int = 0
    rows_duplicate: int = 0
    rows_quarantined: int = 0
    parquet_sha256: str = ""
    control_totals: dict[str, str] = field(default_factory=dict)


@dataclass
class Load:
    """One ledger entry. `config_sha256` is empty while its rows are being replaced: such a load is landed again.

    `refused`: the whole file was turned away, `refusal` says what is wrong and what to do; it has no rows. `entities`
    holds the counted ones, `derived` the names of entities that have rows but are left out of the accounting.
    `archived_sha256`: the hash of the kept original, where a person was erased from it; it stays known by `sha256`.
    `other_sha256`: hashes of the lake files that no count vouches for, by folder: derived entities and the quarantine.
    """

    load_id: str
    seq: int
    sha256: str
    file_name: str
    source: str
    size: int
    run_id: str
    loaded_at: str
    exported_at: str | None = None
    dialect: dict[str, Any] = field(default_factory=dict)
    config_sha256: str = ""
    entities: dict[str, EntityCounts] = field(default_factory=dict)
    derived: list[str] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    refused: bool = False
    refusal: dict[str, str] = field(default_factory=dict)
    archived_sha256: str = ""
    other_sha256: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Load:
        values = json.loads(text)
        values["entities"] = {name: EntityCounts(**counts) for name, counts in values["entities"].items()}
        return cls(**values)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, sort_keys=True)


@dataclass
class Content:
    """What a load puts into the lake: lake rows by entity and the quarantine's records."""

    rows: dict[str, pl.DataFrame | Spool]
    quarantine: pl.DataFrame


class Spool:
    """Lake rows of one entity, too many to be held at once: written slice by slice, given their name by a commit."""

    def __init__(self, lake: Path, entity: str) -> None:
        folder = lake / entity
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=folder)
        self._stream = os.fdopen(handle, "wb")
        self._path = Path(name)
        self._writer: Any = None

    def write(self, rows: pl.DataFrame) -> None:
        """One more slice, of the same columns and types as the others."""
        import pyarrow.parquet

        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            # Without the Arrow schema, so that readers see the same types as in files that Polars writes. Dictionaries
            # only where values come back, and no least and greatest texts: each takes a quarter of the time.
            counts = rows.select(pl.all().approx_n_unique()).row(0)
            recurring = [name for name, count in zip(rows.columns, counts, strict=True) if count * 10 < rows.height]
            self._writer = pyarrow.parquet.ParquetWriter(
                self._stream,
                table.schema,
                compression="zstd",
                store_schema=False,
                store_decimal_as_integer=True,
                use_dictionary=recurring,
                write_statistics=[name for name, dtype in rows.schema.items() if dtype != pl.String],
            )
        self._writer.write_table(table)

    def move_to(self, path: Path) -> None:
        """The file whole under its name, as `write_atomically` does."""
        self._writer.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._path.chmod(0o644)
        self._path.replace(path)
        _sync_folder(path.parent)

    def discard(self) -> None:
        self._stream.close()
        self._path.unlink(missing_ok=True)


def load_id(seq: int, sha256: str) -> str:
    """Sortable by age; the hash lets a person find the original."""
    return f"{seq:08d}-{sha256[:12]}"


def lake_hashes(load: Load) -> dict[str, str]:
    """folder -> sha256 of the Parquet file that the load has there. Files of very old entries have none."""
    counted = {entity: counts.parquet_sha256 for entity, counts in load.entities.items()}
    return {folder: digest for folder, digest in {**counted, **load.other_sha256}.items() if digest}


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Ledger:
    """The lake's ledger in one folder. One process at a time: the refresh holds a lock."""

    def __init__(self, lake: Path) -> None:
        self.lake = lake
        for folder in (LEDGER, QUARANTINE, ARCHIVE):
            (lake / folder).mkdir(parents=True, exist_ok=True)
        entries = map(read_entry, (lake / LEDGER).glob("*.json"))
        self._loads = {load.load_id: load for load in entries}
        self._newest = {load.file_name: load for load in self.loads}

    @property
    def loads(self) -> list[Load]:
        """All committed loads, oldest first."""
        return sorted(self._loads.values(), key=lambda load: load.seq)

    def newest_of(self, file_name: str) -> Load | None:
        """The latest load of a file name; the same bytes again are news unless they are this one's."""
        return self._newest.get(file_name)

    def load(self, load_id: str) -> Load:
        """The committed load of this id, as it is now."""
        return self._loads[load_id]

    def next_seq(self) -> int:
        return max((load.seq for load in self._loads.values()), default=0) + 1

    def archived(self, load: Load) -> IncomingFile:
        """The original of a load, under the name it came with."""
        sha256 = load.archived_sha256 or load.sha256
        return IncomingFile(self.lake / ARCHIVE / sha256, load.file_name, sha256, load.size)

    def archive(self, file: IncomingFile) -> None:
        """Keep the original's bytes. Content of the same hash is kept once, and anew where it was damaged."""
        target = self.lake / ARCHIVE / file.sha256
        if file.path != target and not (target.exists() and sha256_of(target) == file.sha256):
            write_atomically(target, lambda stream: stream.write(file.content))

    def commit(self, load: Load, content: Content) -> None:
        """Write a load's rows and then its entry. Also replaces a load: a crash in between makes it land again."""
        before = self._loads.get(load.load_id)
        if before is not None:
            before.config_sha256 = ""
            self._write_entry(before)
        for entity, rows in content.rows.items():
            path = self._parquet(entity, load)
            if isinstance(rows, Spool):
                rows.move_to(path)
            else:
                write_atomically(path, partial(rows.write_parquet, compression="zstd"))
            if entity in load.entities:
                load.entities[entity].parquet_sha256 = sha256_of(path)
            else:
                load.other_sha256[entity] = sha256_of(path)
        if not content.quarantine.is_empty():
            path = self._parquet(QUARANTINE, load)
            write_atomically(path, content.quarantine.write_parquet)
            load.other_sha256[QUARANTINE] = sha256_of(path)
        self._write_entry(load)
        self._loads[load.load_id] = load
        if load.file_name not in self._newest or load.seq >= self._newest[load.file_name].seq:
            self._newest[load.file_name] = load
        if before is not None:
            self._drop_superseded(before, content)

    def sweep(self) -> int:
        """Remove what dead runs left: temporary files and Parquet no entry vouches for. Number of files removed."""
        strays = [path for path in self.lake.rglob(f"{_TEMPORARY}*") if path.is_file()]
        for path in self.lake.glob("*/*.parquet"):
            load = self._loads.get(path.stem)
            owned = load is not None and (path.parent.name in {*load.entities, *load.derived, QUARANTINE})
            if not owned:
                strays.append(path)
        for path in strays:
            path.unlink(missing_ok=True)
        return len(strays)

    def _parquet(self, entity: str, load: Load) -> Path:
        return self.lake / entity / f"{load.load_id}.parquet"

    def _write_entry(self, load: Load) -> None:
        path = self.lake / LEDGER / f"{load.load_id}.json"
        write_atomically(path, lambda stream: stream.write(load.to_json().encode()))

    def _drop_superseded(self, before: Load, content: Content) -> None:
        """Files of the replaced version that the new one does not have."""
        for entity in {*before.entities, *before.derived} - set(content.rows):
            self._parquet(entity, before).unlink(missing_ok=True)
        if content.quarantine.is_empty():
            self._parquet(QUARANTINE, before).unlink(missing_ok=True)


def read_entry(path: Path) -> Load:
    """A ledger entry. Raises UserError where it is damaged, or of a newer Tenure that knows more."""
    try:
        return Load.from_json(path.read_text("utf-8"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"an entry of the ledger cannot be read ({type(error).__name__}: {error})",
            where=str(path),
            done="nothing was changed; the live release stays",
            do="restore the file from a backup; or use a Tenure that is at least as new as the one that wrote it",
        ) from None


def write_atomically(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """The file appears whole under its name or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def as_entries(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as the ledger keeps them."""
    return [asdict(finding) for finding in findings]
