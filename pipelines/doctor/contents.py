"""Is what the home holds still what was put there: policy, live release, lake, closed months?"""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.doctor.diagnosis import Diagnosis, bad, note, ok
from pipelines.doctor.work import is_held
from pipelines.errors import UserError
from pipelines.release.files import sha256_of_file
from pipelines.release.history import current_id, list_releases
from pipelines.release.lock import LOCK_NAME
from pipelines.release.manifest import WAREHOUSE_NAME, Manifest, changed_exports, read_manifest
from pipelines.settings import Settings

SHOWN = 3
REPLACE = "go back with `tenure rollback ID`, or make a new one with `tenure refresh --force`"
RESTORE = "restore them from a backup (docs/operations.md)"


def look_at_policy(settings: Settings) -> Iterator[Diagnosis]:
    """No gaps and no overlaps in targets, weights and brackets."""
    from pipelines.warehouse.policy_lint import lint_policy

    lint_policy(settings)
    own = len(list(settings.policy.glob("*.csv"))) if settings.policy.is_dir() else 0
    yield ok("policy", f"no gaps, no overlaps; {own} of the company's own files laid over the shipped seeds")


def look_at_release(settings: Settings, is_deep: bool, now: dt.datetime | None = None) -> Iterator[Diagnosis]:
    """The live release opens and is byte for byte what was audited; `is_deep`: all kept releases, and row counts."""
    live = current_id(settings)
    if live is None:
        yield _nothing_live(settings)
        return
    folder = settings.releases / live
    if not folder.is_dir():
        yield bad("release", f"current points at {live}, which is not there", REPLACE)
        return
    manifest = read_manifest(folder)
    problem = _problem(folder, manifest) or (_wrong_counts(folder, manifest) if is_deep else None)
    if problem:
        yield bad("release", f"the live release {problem}", REPLACE)
        return
    age = ((now or dt.datetime.now(dt.UTC)) - manifest.published_at) / dt.timedelta(hours=1)
    text = f"{live} is live and as it was audited, as of {manifest.identity.as_of_on}, {max(age, 0):.0f} h old"
    if age > settings.release_late_after_hours:
        do = "nothing if no export is new; else see why no refresh published (`tenure refresh` says it)"
        yield note("release", f"{text}: older than release_late_after_hours ({settings.release_late_after_hours})", do)
    else:
        yield ok("release", text)
    if is_deep:
        others = [release for release in list_releases(settings) if not release.is_current]
        damaged = [release.release_id for release in others if _problem(release.path, release.manifest)]
        if damaged:
            yield bad("release", f"{_listed(damaged)}: no longer as audited", "do not go back to them; " + RESTORE)


def look_at_lake(settings: Settings, is_deep: bool) -> Iterator[Diagnosis]:
    """All files that the ledger vouches for are there; `is_deep`: with the bytes that were landed."""
    from pipelines.landing.connector import IncomingFile
    from pipelines.landing.integrity import damaged_files, original_problem
    from pipelines.landing.ledger import ARCHIVE, LEDGER, lake_hashes, read_entry

    if is_deep and is_held(settings.home / LOCK_NAME):
        yield note("lake", "not compared: a refresh is at work", "ask again when it is done")
        return
    lake = settings.lake
    loads = [read_entry(path) for path in sorted((lake / LEDGER).glob("*.json"))]
    if not loads:
        yield note("lake", "nothing has been landed yet")
        return
    rows: list[Path] = []
    originals: list[Path] = []
    for load in loads:
        sha256 = load.archived_sha256 or load.sha256
        original = IncomingFile(lake / ARCHIVE / sha256, load.file_name, sha256, load.size)
        if is_deep:
            rows += damaged_files(lake, load)
            is_damaged = original_problem(original) is not None
        else:
            files = (lake / folder / f"{load.load_id}.parquet" for folder in lake_hashes(load))
            rows += [path for path in files if not path.is_file()]
            is_damaged = not original.path.is_file()
        originals += [original.path] if is_damaged else []
    state = "gone or changed" if is_deep else "gone"
    if originals:
        names = _listed([str(path.relative_to(lake)) for path in originals])
        yield bad("lake", f"{len(originals)} archived originals are {state}: {names}", RESTORE)
    if rows:
        names = _listed([str(path.relative_to(lake)) for path in rows])
        do = "run `tenure refresh`: it lands them again from their originals; and look after the disk"
        yield bad("lake", f"{len(rows)} files of landed rows are {state}: {names}", do)
    if not rows and not originals:
        how = "every byte as it was landed" if is_deep else "all there (`--deep` compares their bytes)"
        yield ok("lake", f"{len(loads)} landed files, {how}")


def look_at_closes(settings: Settings) -> Iterator[Diagnosis]:
    """No byte of a closed month changed."""
    from pipelines.release.restatements.closes import closes_are_unchanged, read_closes

    check = closes_are_unchanged(read_closes(settings))
    if check.passed:
        yield ok("closes", str(check.observed))
    else:
        yield bad("closes", f"{check.observed}: {check.message}", RESTORE)


def _nothing_live(settings: Settings) -> Diagnosis:
    if settings.current.exists():
        return bad("release", f"{settings.current} is no link to a release", f"move it away, then {REPLACE}")
    kept = list_releases(settings)
    if kept:
        return bad("release", f"no release is live, {len(kept)} are kept", f"tenure rollback {kept[0].release_id}")
    return note("release", "none yet: the first refresh publishes one")


def _problem(folder: Path, manifest: Manifest) -> str | None:
    """Why a release is not what was audited; None where it is."""
    from pipelines.serving.release import open_release

    warehouse = folder / WAREHOUSE_NAME
    if not warehouse.is_file():
        return f"has no {WAREHOUSE_NAME}"
    if sha256_of_file(warehouse) != manifest.warehouse_sha256:
        return "has other bytes than the ones that were audited"
    if warehouse.with_name(f"{WAREHOUSE_NAME}.wal").exists():
        return f"has a {WAREHOUSE_NAME}.wal beside it: something wrote to it"
    if changed := changed_exports(folder, manifest):
        return f"has exported files that are not the ones that were published: {_listed(changed)}"
    try:
        with open_release(folder):
            return None
    except UserError as error:
        return f"does not open: {error.what}"


def _wrong_counts(folder: Path, manifest: Manifest) -> str | None:
    """Which tables do not hold the rows that the manifest counts; None where all do."""
    from pipelines.serving.release import open_release

    with open_release(folder) as release:
        wrong = []
        for table, rows in manifest.row_counts.items():
            schema, _, name = table.partition(".")
            found = release.connection.execute(f'select count(*) from "{schema}"."{name}"').fetchone()
            if found != (rows,):
                wrong.append(table)
    return f"has other row counts than its manifest: {_listed(wrong)}" if wrong else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
