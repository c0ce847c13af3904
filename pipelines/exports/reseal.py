"""New seals for an exported file that was changed on purpose, because a person was erased from it.

A table that somebody had edited before keeps its old seal, so that it stays known as edited.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from pipelines.engine import CONFIG
from pipelines.exports.files import Entry
from pipelines.exports.readers import Content, read_duckdb, read_parquet, read_workbook
from pipelines.exports.seal import Seal, content_hash
from pipelines.exports.tables import ABOUT, PARQUET_SEAL, SEALS
from pipelines.release.files import sha256_of_file

Seals = tuple[Seal, ...]


def reseal(before: Path, after: Path) -> Seals:
    """Puts seals of what `after` holds, the changed copy of `before`, into `after`; the same seals where none changed.

    Both carry seals, as `readers.carries_seals` tells. Raises as the readers do.
    """
    return _SEALERS[before.suffix](before, after)


def relisted(entry: Entry, after: Path, seals: Seals, before: str) -> Entry:
    """The manifest's entry of a file that was sealed anew. `before`: the hash of the file as it was.

    Where the entry told other bytes (somebody saved the file again), it goes on doing so.
    """
    changed: dict[str, object] = {"tables": seals, "content_sha256": content_hash(seals)}
    if entry.sha256 == before:
        changed |= {"bytes": after.stat().st_size, "sha256": sha256_of_file(after)}
    return entry.model_copy(update=changed)


def _parquet(before: Path, after: Path) -> Seals:
    import pyarrow.parquet as pq

    seals = _new_seals(read_parquet(before), read_parquet(after))
    rows = pq.ParquetFile(after).read()
    notes = {**(rows.schema.metadata or {}), PARQUET_SEAL: seals[0].as_json().encode()}
    pq.write_table(rows.replace_schema_metadata(notes), after, compression="zstd", store_decimal_as_integer=True)
    return seals


def _duckdb(before: Path, after: Path) -> Seals:
    import duckdb

    seals = _new_seals(read_duckdb(before), read_duckdb(after))
    with duckdb.connect(str(after), config=CONFIG) as connection:
        for seal in seals:
            connection.execute(
                f"update {SEALS} set sha256 = ?, seal = ? where table_name = ?",
                [seal.sha256, seal.as_json(), seal.table],
            )
        connection.execute(f"update {ABOUT} set value = ? where name = 'content_sha256'", [content_hash(seals)])
        connection.execute("checkpoint")
    return seals


def _workbook(before: Path, after: Path) -> Seals:
    """The seals are texts of their own in it, whichever program wrote it."""
    old = read_workbook(before)
    seals = _new_seals(old, read_workbook(after))
    with zipfile.ZipFile(after) as book:
        parts = [(info, book.read(info)) for info in book.infolist()]
    with zipfile.ZipFile(after, "w", zipfile.ZIP_DEFLATED) as book:
        for info, content in parts:
            for text, instead in _texts(old.sealed, seals):
                content = content.replace(text.encode(), instead.encode())
            book.writestr(info, content)
    return seals


def _texts(old: Seals, new: Seals) -> Iterator[tuple[str, str]]:
    """Each text that tells a seal, as XML may write it, and what is to stand there; those that hold others first."""
    pairs = [(one.as_json(), other.as_json()) for one, other in zip(old, new, strict=True)]
    pairs += [(one.sha256, other.sha256) for one, other in zip(old, new, strict=True)]
    for text, instead in [*pairs, (content_hash(old), content_hash(new))]:
        for quotes in ({}, {'"': "&quot;"}):
            yield escape(text, quotes), escape(instead, quotes)


def _new_seals(before: Content, after: Content) -> Seals:
    was = {seal.table: seal for seal in before.found}
    now = {seal.table: seal for seal in after.found}
    return tuple(now[seal.table] if was.get(seal.table) == seal else seal for seal in before.sealed)


_SEALERS: dict[str, Callable[[Path, Path], Seals]] = {".parquet": _parquet, ".duckdb": _duckdb, ".xlsx": _workbook}
