"""Is the lake still what was landed? Each file against the hash in its ledger entry, each original against its name.

Rotten disks and helpful hands change files that nobody may change. A lake file that is not the landed one is made anew
from its original; an original that is not the one that came is never read again. Nothing here writes.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.landing.connector import IncomingFile
from pipelines.landing.inbox import FileProblem
from pipelines.landing.ledger import Load, lake_hashes, sha256_of


def damaged_files(lake: Path, load: Load) -> list[Path]:
    """The lake files of a load that are gone or have other bytes. Reads all of them, about 1 GB a second."""
    expected = {lake / folder / f"{load.load_id}.parquet": digest for folder, digest in lake_hashes(load).items()}
    return sorted(path for path, digest in expected.items() if not _is(path, digest))


def original_problem(original: IncomingFile) -> FileProblem | None:
    """What is wrong with an archived original; None where it is the file that came."""
    if _is(original.path, original.sha256):
        return None
    state = "has other bytes than the file that came" if original.path.exists() else "is gone"
    return FileProblem(
        original.name,
        f"its archived original {original.path} {state}, so it cannot be landed again",
        f"Put the original (sha256 {original.sha256}) back there, from a backup or from the system it came from.",
    )


def healed(load: Load, damaged: list[Path]) -> FileProblem:
    """The report of a load that was landed again because its lake files were damaged."""
    return _damage(load, damaged, "It was landed again from its archived original; look after the disk.")


def not_healed(load: Load, damaged: list[Path]) -> FileProblem:
    """The report of a load whose lake files are damaged and could not be made anew."""
    do = "Nothing is published until the files are back: restore them, or the original, from a backup."
    return _damage(load, damaged, do)


def _damage(load: Load, damaged: list[Path], do: str) -> FileProblem:
    names = ", ".join(map(str, damaged))
    return FileProblem(load.file_name, f"the lake lost or changed what it had landed from it ({names})", do)


def _is(path: Path, sha256: str) -> bool:
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False
