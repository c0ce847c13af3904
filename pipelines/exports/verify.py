"""Whether an exported file still holds what was written: the engine of `tenure verify`.

The seal inside the file is compared with its rows, and with the `exports.json` of the folder where there is one. Both
can be forged by somebody who means to; the release itself is the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipelines.errors import UserError
from pipelines.exports.files import MANIFEST, Entry, folder_of, read_manifest
from pipelines.exports.readers import Content, CutError, read_duckdb, read_parquet, read_workbook
from pipelines.exports.seal import Seal, content_hash, differences
from pipelines.release.files import sha256_of_file

READERS: dict[str, Callable[[Path], Content]] = {
    ".parquet": read_parquet,
    ".xlsx": read_workbook,
    ".duckdb": read_duckdb,
}


class Status(StrEnum):
    """What became of a file since it was written."""

    INTACT = "intact"
    SAVED_AGAIN = "saved again, values unchanged"
    EDITED = "edited"
    CUT = "cut"


@dataclass(frozen=True)
class Verdict:
    """What `tenure verify` says: `findings` tell where, `tables` and `rows` count what was sealed."""

    path: Path
    status: Status
    findings: tuple[str, ...] = ()
    tables: int = 0
    rows: int = 0
    release_id: str = ""

    @property
    def is_good(self) -> bool:
        return self.status in {Status.INTACT, Status.SAVED_AGAIN}

    def __str__(self) -> str:
        return "\n".join([f"{self.status}: {self.path}{self._counts}", *(f"  {found}" for found in self.findings)])

    @property
    def _counts(self) -> str:
        if not self.tables:
            return ""
        tables = f"{self.tables:,} table" + ("" if self.tables == 1 else "s")
        rows = f"{self.rows:,} row" + ("" if self.rows == 1 else "s")
        return f" ({tables}, {rows}, release {self.release_id})"


def verify(path: Path) -> Verdict:
    """Compares a Parquet file, a workbook or a DuckDB file with what was written.

    Raises UserError for a file that is not there, of another kind, or that carries no seal.
    """
    if not path.is_file():
        raise UserError("there is no such file", where=str(path))
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(
            f"a file ending in '{path.suffix}' carries no seal", where=str(path), do=f"verify {', '.join(READERS)}"
        )
    entry = _entry_of(path)
    try:
        content = reader(path)
    except CutError as cut:
        return _unreadable(path, str(cut), entry)
    sealed = content.sealed or (entry.tables if entry else ())
    if not sealed and not content.findings:
        raise UserError(
            "the file carries no seal, so nothing can be said of it",
            where=str(path),
            do="verify files of `tenure export`, as it wrote them or saved again in their own format",
        )
    findings = [*content.findings, *(_findings(sealed, content.found) if sealed else ())]
    if entry and content.sealed and content_hash(content.sealed) != entry.content_sha256:
        findings.append(f"its seal is not the one that {MANIFEST} has for it")
    status = Status.EDITED if findings else _unchanged(path, content, entry)
    release_id = content.release_id or (entry.release_id if entry else "unknown")
    return Verdict(path, status, tuple(findings), len(sealed), sum(seal.rows for seal in sealed), release_id)


def _findings(sealed: Sequence[Seal], found: Sequence[Seal]) -> list[str]:
    now = {seal.table: seal for seal in found}
    known = {seal.table for seal in sealed}
    new = {seal.sha256: seal.table for seal in found if seal.table not in known}
    said = []
    for seal in sealed:
        if seal.table in now:
            said += [f"{seal.table}: {words}" for words in differences(seal, now[seal.table])]
        elif seal.sha256 in new:
            said.append(f"{seal.table}: is called {new.pop(seal.sha256)} now")
        else:
            said.append(f"{seal.table}: is gone")
    return said + [f"{table}: was not in the file" for table in new.values()]


def _unchanged(path: Path, content: Content, entry: Entry | None) -> Status:
    is_same = sha256_of_file(path) == entry.sha256 if entry else not content.is_saved_again
    return Status.INTACT if is_same else Status.SAVED_AGAIN


def _entry_of(path: Path) -> Entry | None:
    """What the manifest of the export says of this file, while the file still lies where it was written."""
    folder = folder_of(path)
    manifest = read_manifest(folder) if folder else None
    return manifest.entry_of(path.resolve().relative_to(folder).as_posix()) if manifest and folder else None


def _unreadable(path: Path, words: str, entry: Entry | None) -> Verdict:
    """Fewer bytes than were written are a cut; as many that cannot be read have others among them."""
    size = path.stat().st_size
    status = Status.EDITED if entry and size >= entry.bytes else Status.CUT
    return Verdict(path, status, (words, *([f"{size:,} of {entry.bytes:,} bytes are there"] if entry else [])))
