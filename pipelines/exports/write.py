"""One release as a folder of files: marts as Parquet, the finance workbook, and an extract for each account manager."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.exports.files import MANIFEST, Entry, entry_of, read_manifest, whole, write_manifest
from pipelines.exports.kinds import Kind
from pipelines.exports.sheets import SheetTooLong
from pipelines.release.files import sha256_of_file
from pipelines.serving.principal import LEADERSHIP, Principal

if TYPE_CHECKING:
    from pipelines.dashboards.meta import SiteMeta
    from pipelines.exports.seal import Seal
    from pipelines.exports.sheets import Sheet
    from pipelines.serving.release import Release

WORKBOOK, TITLE = "finance.xlsx", "Revenue retention: finance workbook"
PARQUET, EXTRACTS = "parquet", "extracts"


@dataclass(frozen=True)
class Written:
    """The files of a folder, their manifest last, and why a workbook is not among them."""

    paths: list[Path]
    left_out: list[SheetTooLong]


def write_exports(
    open_for: Callable[[Principal], Release],
    out: Path,
    meta: SiteMeta,
    managers: Sequence[Principal] = (),
    kinds: Collection[Kind] = frozenset(Kind),
    published: Path | None = None,
) -> Written:
    """Writes the files of these kinds below `out`, each whole or not at all, and `exports.json` at the end.

    `open_for` opens the release as one reader sees it; each of `managers` gets what they see and nothing else. What
    lies in `published`, the release's own folder of exports, is copied from there. What an earlier export of the same
    kinds left in `out` and this one does not have is removed. Raises OSError for a folder that cannot be written,
    UserError for a published file that is not what it was.
    """
    # Two people may share the clients of one AM; they share the extract.
    people = list({min(manager.am_ids or {""}): manager for manager in reversed(managers)}.values())
    export = _Export(open_for, out, meta, frozenset(kinds), people, _held_by(published))
    # Reading, hashing and packing tables leave the interpreter to the workbooks.
    with ThreadPoolExecutor(1) as other:
        tables = other.submit(lambda: list(export.tables()))
        entries = sorted([*export.workbooks(), *tables.result()], key=lambda entry: entry.path)
    out.mkdir(parents=True, exist_ok=True)
    write_manifest(out, entries, kinds)
    return Written([*(out / entry.path for entry in entries), out / MANIFEST], export.left_out)


@dataclass
class _Export:
    """One release that is being written to one folder. `held`: what the release has itself, by path."""

    open_for: Callable[[Principal], Release]
    out: Path
    meta: SiteMeta
    kinds: frozenset[Kind]
    people: list[Principal]
    held: dict[str, tuple[Path, Entry]]
    left_out: list[SheetTooLong] = field(default_factory=list)

    def tables(self) -> Iterator[Entry]:
        """A Parquet file for each mart, a DuckDB file for each account manager."""
        from pipelines.exports.tables import marts, write_duckdb, write_parquet

        if Kind.PARQUET in self.kinds:
            with self.open_for(LEADERSHIP) as release:
                for table in marts(release):
                    yield self._copied(name := f"{PARQUET}/{table}.parquet") or self._entry(
                        name, Kind.PARQUET, [write_parquet(release, table, self.out / name, self.meta)]
                    )
        for person in self._readers():
            with self.open_for(person) as release:
                yield self._copied(name := f"{_stem(person)}.duckdb") or self._entry(
                    name, Kind.EXTRACTS, write_duckdb(release, self.out / name, self.meta)
                )

    def workbooks(self) -> Iterator[Entry]:
        """Finance's, and one for each account manager. One that outgrew its worksheets is left out, and said to be."""
        from pipelines.exports.sheets import finance_sheets, manager_sheets

        if Kind.WORKBOOK in self.kinds:
            yield from self._workbook(LEADERSHIP, WORKBOOK, Kind.WORKBOOK, TITLE, finance_sheets)
        for person in self._readers():
            title = f"Clients of {person.name}"
            yield from self._workbook(person, f"{_stem(person)}.xlsx", Kind.EXTRACTS, title, manager_sheets)

    def _readers(self) -> list[Principal]:
        return self.people if Kind.EXTRACTS in self.kinds else []

    def _workbook(
        self, person: Principal, name: str, kind: Kind, title: str, sheets_of: Callable[[Release], list[Sheet]]
    ) -> Iterator[Entry]:
        from pipelines.exports.workbook import write_workbook

        if copied := self._copied(name):
            yield copied
            return
        with self.open_for(person) as release:
            try:
                seals = write_workbook(release, title, sheets_of(release), self.out / name, self.meta)
            except SheetTooLong as error:
                self.left_out.append(error)
            else:
                yield self._entry(name, kind, seals)

    def _entry(self, name: str, kind: Kind, seals: list[Seal]) -> Entry:
        return entry_of(self.out, self.out / name, kind, self.meta.release_id, seals)

    def _copied(self, name: str) -> Entry | None:
        """The release's own file, copied; None where it has none."""
        if name not in self.held:
            return None
        source, entry = self.held[name]
        with whole(self.out / name) as draft:
            shutil.copyfile(source, draft)
            if sha256_of_file(draft) != entry.sha256:
                raise UserError(
                    "an exported file of the release is not the one that was published",
                    where=str(source),
                    done="it was not copied",
                    do="`tenure doctor` says what else changed; export another release",
                )
        return entry


def _held_by(published: Path | None) -> dict[str, tuple[Path, Entry]]:
    manifest = read_manifest(published) if published else None
    return {entry.path: (published / entry.path, entry) for entry in manifest.files} if manifest and published else {}


def _stem(person: Principal) -> str:
    """The path of an account manager's files, without their endings."""
    from pipelines.dashboards.site import file_stem

    (am_id,) = person.am_ids or ("",)
    return f"{EXTRACTS}/{file_stem(am_id)}"
