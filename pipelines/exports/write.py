"""One release as a folder of files: marts as Parquet, the finance workbook, and an extract for each account manager."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.exports.files import MANIFEST, Entry, entry_of, write_manifest
from pipelines.exports.kinds import Kind
from pipelines.serving.principal import LEADERSHIP, Principal, Role

if TYPE_CHECKING:
    from pipelines.dashboards.meta import SiteMeta
    from pipelines.serving.release import Release
    from pipelines.settings import Settings

FOLDER = "exports"
WORKBOOK = "finance.xlsx"


def export_current(settings: Settings, out: Path | None = None, only: Kind | None = None) -> list[Path]:
    """Writes the current release's files into `out`, by default `<home>/exports/<release_id>/`; see `write_exports`.

    Raises UserError where there is no release, access.toml is wrong, or the folder cannot be written.
    """
    from pipelines.dashboards.meta import read_meta
    from pipelines.serving.access import read_access
    from pipelines.serving.release import open_release, warehouse_path

    warehouse = warehouse_path(settings)  # one release for all files, though another one may come meanwhile
    managers = read_access(settings).of_role(Role.ACCOUNT_MANAGER)
    with open_release(warehouse) as release:
        meta = read_meta(release, settings.home)
    folder = out or settings.home / FOLDER / meta.release_id
    try:
        return write_exports(lambda principal: open_release(warehouse, principal), folder, meta, managers, only)
    except OSError as error:
        raise UserError(
            f"the exports cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            done="no half-written file was left under its name",
            do="make the folder writable, or name another one with --out",
        ) from None


def write_exports(
    open_for: Callable[[Principal], Release],
    out: Path,
    meta: SiteMeta,
    managers: Sequence[Principal] = (),
    only: Kind | None = None,
) -> list[Path]:
    """Writes the files (or those of one kind) below `out`, each whole or not at all, and `exports.json` at the end.

    `open_for` opens the release as one reader sees it; each of `managers` gets what they see and nothing else. What an
    earlier export of the same kinds left in the folder and this one does not have is removed. Returns every path
    written, the manifest last. Raises UserError for a table too long for a worksheet, OSError for a folder that cannot
    be written.
    """
    kinds = frozenset(Kind) if only is None else frozenset({only})
    writers = {Kind.PARQUET: _write_parquet, Kind.WORKBOOK: _write_finance}
    entries: list[Entry] = []
    if kinds & writers.keys():
        with open_for(LEADERSHIP) as release:
            for kind in (kind for kind in writers if kind in kinds):
                entries += writers[kind](release, out, meta)
    if Kind.EXTRACTS in kinds:
        # Two people may share the clients of one AM; they share the extract.
        for principal in {min(manager.am_ids or {""}): manager for manager in reversed(managers)}.values():
            with open_for(principal) as release:
                entries += _write_extract(release, out, meta)
    out.mkdir(parents=True, exist_ok=True)
    write_manifest(out, entries, frozenset(kinds))
    return [*(out / entry.path for entry in entries), out / MANIFEST]


def _write_parquet(release: Release, out: Path, meta: SiteMeta) -> list[Entry]:
    from pipelines.exports.tables import marts, write_parquet

    entries = []
    for table in marts(release):
        path = out / "parquet" / f"{table}.parquet"
        entries.append(entry_of(out, path, Kind.PARQUET, meta.release_id, [write_parquet(release, table, path, meta)]))
    return entries


def _write_finance(release: Release, out: Path, meta: SiteMeta) -> list[Entry]:
    from pipelines.exports.sheets import finance_sheets
    from pipelines.exports.workbook import write_workbook

    path = out / WORKBOOK
    seals = write_workbook(release, "Revenue retention: finance workbook", finance_sheets(release), path, meta)
    return [entry_of(out, path, Kind.WORKBOOK, meta.release_id, seals)]


def _write_extract(release: Release, out: Path, meta: SiteMeta) -> list[Entry]:
    from pipelines.dashboards.site import file_stem
    from pipelines.exports.sheets import manager_sheets
    from pipelines.exports.tables import write_duckdb
    from pipelines.exports.workbook import write_workbook

    (am_id,) = release.principal.am_ids or ("",)
    database, book = (out / "extracts" / f"{file_stem(am_id)}{suffix}" for suffix in (".duckdb", ".xlsx"))
    seals = write_workbook(release, f"Clients of {release.principal.name}", manager_sheets(release), book, meta)
    return [
        entry_of(out, database, Kind.EXTRACTS, meta.release_id, write_duckdb(release, database, meta)),
        entry_of(out, book, Kind.EXTRACTS, meta.release_id, seals),
    ]
