"""`tenure export`: where a release has its exported files, and the same files in a folder of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.exports.files import MANIFEST, read_manifest
from pipelines.exports.kinds import Kind
from pipelines.release.manifest import EXPORTS

if TYPE_CHECKING:
    from pipelines.settings import Settings

HOW_TO_WRITE = "tenure export --out FOLDER writes them; [exports] kinds in tenure.toml says what every release gets"


def published_files(settings: Settings, wanted: str | None = None, only: Kind | None = None) -> list[Path]:
    """The exported files of a release (None: the live one), of one kind or of all.

    Raises UserError where there is no such release, or where it holds no such files.
    """
    folder = _release_folder(settings, wanted) / EXPORTS
    manifest = read_manifest(folder)
    found = [folder / entry.path for entry in manifest.files if only in (None, entry.kind)] if manifest else []
    if not found:
        what = {None: "exported files", Kind.WORKBOOK: "workbook", Kind.EXTRACTS: "extracts"}.get(only, f"{only} files")
        raise UserError(f"release '{folder.parent.name}' holds no {what}", where=str(folder), do=HOW_TO_WRITE)
    return found


def export_release(settings: Settings, out: Path, wanted: str | None = None, only: Kind | None = None) -> list[Path]:
    """Writes the files of a release (None: the live one) into `out`; what the release has itself is copied.

    Extracts are those of the account managers whom access.toml names now. Raises UserError where there is no such
    release, access.toml is wrong, a workbook had to be left out, or the folder cannot be written.
    """
    import duckdb

    from pipelines.dashboards.meta import read_meta
    from pipelines.exports.write import write_exports
    from pipelines.serving.access import ACCESS_FILE, read_access
    from pipelines.serving.principal import Role
    from pipelines.serving.release import open_release

    out = out.expanduser().absolute()
    _refuse_home_of_releases(settings, out)
    release_dir = _release_folder(settings, wanted)
    managers = read_access(settings).of_role(Role.ACCOUNT_MANAGER)
    kinds = frozenset(Kind) if only is None else frozenset({only})
    if only is Kind.EXTRACTS and not managers:
        raise UserError(
            "nobody gets an extract: no account manager is named",
            where=str(settings.home / ACCESS_FILE),
            done="nothing was written",
            do='name one: role = "am" and am_id = "..." (docs/rights.md shows the file)',
        )
    try:
        with open_release(release_dir) as release:
            meta = read_meta(release, settings.home)
        written = write_exports(
            lambda principal: open_release(release_dir, principal), out, meta, managers, kinds, release_dir / EXPORTS
        )
    except OSError as error:
        raise UserError(
            f"the exports cannot be written: {error.strerror or error}",
            where=str(error.filename or out),
            done="no half-written file was left under its name",
            do="make the folder writable, or name another one with --out",
        ) from None
    except duckdb.Error as error:
        raise UserError(
            f"the release does not have what the files are made of: {str(error).splitlines()[0]}",
            where=str(release_dir),
            done=f"files that were whole before are in {out}, without {MANIFEST}",
            do="it was made by another version of Tenure: try --only parquet, or ask it with `tenure sql`",
        ) from None
    if written.left_out:
        raise written.left_out[0]
    return written.paths


def _release_folder(settings: Settings, wanted: str | None) -> Path:
    """The folder itself, whatever `current` becomes meanwhile."""
    from pipelines.release.history import list_releases, only_match
    from pipelines.serving.release import warehouse_path

    return only_match(list_releases(settings), wanted).path if wanted else warehouse_path(settings).parent


def _refuse_home_of_releases(settings: Settings, out: Path) -> None:
    if out.resolve().is_relative_to(settings.releases.resolve()):
        raise UserError(
            "a release is never changed, so nothing is written into it",
            where=str(out),
            done="nothing was written",
            do="name another folder with --out; without it the release's own files are listed",
        )
