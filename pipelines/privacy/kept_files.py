"""Every file of a home but the lake and the inbox: releases, closes, builds, run storage, logs.

A file whose hash other files tell (a manifest) is replaced after them: killed in between, the next run completes it.
Exported files get new seals, so that they verify as before.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.errors import UserError
from pipelines.exports.files import MANIFEST as EXPORTED
from pipelines.exports.files import Manifest, folder_of, read_manifest
from pipelines.exports.readers import carries_seals
from pipelines.exports.reseal import relisted, reseal
from pipelines.exports.seal import Seal
from pipelines.exports.verify import READERS
from pipelines.privacy.files import (
    DRAFT,
    WarehouseSweep,
    forms_of,
    is_database,
    parquet_without,
    rewrite_parquet,
    sweep_database,
    without_texts,
)
from pipelines.privacy.pseudonyms import KEY_NAME
from pipelines.privacy.tombstones import FOLDER
from pipelines.release.files import fsync, sha256_of_file, write_durably
from pipelines.release.lock import LOCK_NAME
from pipelines.release.manifest import EXPORTS, MANIFEST_NAME, file_record
from pipelines.settings import Settings

_DATABASE_SIDES = ("-wal", "-shm", "-journal")


def own_files(settings: Settings) -> list[Path]:
    """What the company itself writes into a home beside exports: settings, policy, mappings."""
    return [settings.home / "tenure.toml", settings.policy, settings.mappings]


class KeptFiles:
    """The files of one home that are searched for a person."""

    def __init__(
        self, settings: Settings, exact: Mapping[str, str], anywhere: Mapping[str, str], now: dt.datetime
    ) -> None:
        self.settings = settings
        self.swept = forms_of(anywhere)
        self.warehouses = WarehouseSweep(exact, anywhere)
        self.now = now

    def count(self) -> dict[str, int]:
        """Rows of databases, 1 for any other file, by the path below the home; only what names the person."""
        found = {path.relative_to(self.settings.home).as_posix(): self._count(path) for path in self._files()}
        return {path: count for path, count in found.items() if count}

    def sweep(self) -> dict[str, int]:
        """Rewrite what `count` finds; gives the same."""
        found = {}
        for draft in [*self.settings.home.rglob(f"{DRAFT}*")]:  # of a run that was killed
            path = draft.with_name(draft.name.removeprefix(DRAFT))
            if self._is_listed(draft):
                found[path.relative_to(self.settings.home).as_posix()] = self._count(path)
                self._replace(path, draft, READERS[path.suffix](draft).sealed if carries_seals(draft) else ())
            else:
                draft.unlink()
        for path in self._files():
            count = self._count(path)
            if count:
                found[path.relative_to(self.settings.home).as_posix()] = count
                self._rewrite(path)
        return found

    def _files(self) -> Iterator[Path]:
        home = self.settings.home
        passed_over = {self.settings.inbox, self.settings.lake, home / FOLDER, *own_files(self.settings)}
        folders = [home]
        while folders:
            for path in sorted(folders.pop().iterdir()):
                if path.is_symlink() or path in passed_over or path.name in {KEY_NAME, LOCK_NAME}:
                    continue
                if path.is_dir():
                    folders += [] if (path / "inbox").is_dir() else [path]  # a home of its own, such as data/demo
                elif path.is_file() and not path.name.endswith(_DATABASE_SIDES):
                    yield path

    def _count(self, path: Path) -> int:
        try:
            return self._rows(path)
        except Exception as error:  # every format has errors of its own; what cannot be read cannot be vouched for
            raise UserError(
                f"a kept file cannot be searched for the person: {next(iter(str(error).splitlines()), '')}",
                where=str(path),
                done="files that come after it were not looked at",
                do="repair it from a backup, or remove it, then run this again",
            ) from error

    def _rows(self, path: Path) -> int:
        if path.suffix == ".duckdb":
            return sum(self.warehouses.count(path).values())
        if is_database(path):
            return sweep_database(path, self.swept, is_tried=True)
        if path.suffix == ".parquet":
            return int(parquet_without(path, self.warehouses.exact, self.swept) is not None)
        return int(without_texts(path, self.swept) is not None)

    def _rewrite(self, path: Path) -> None:
        if path.suffix != ".duckdb" and is_database(path):
            sweep_database(path, self.swept, is_tried=False)
            return
        draft = path.with_name(f"{DRAFT}{path.name}")
        if path.suffix == ".duckdb":
            self.warehouses.rewrite(path, draft)
        elif path.suffix == ".parquet":
            rewrite_parquet(path, draft, self.warehouses.exact, self.swept)
        else:
            draft.write_bytes(without_texts(path, self.swept) or b"")
        self._replace(path, draft, reseal(path, draft) if carries_seals(path) else ())

    def _replace(self, path: Path, draft: Path, seals: tuple[Seal, ...]) -> None:
        draft.chmod(path.stat().st_mode & 0o777)
        fsync(draft)
        before, after = sha256_of_file(path), sha256_of_file(draft)
        for listing in _listings(path):
            text = listing.read_text("utf-8")
            if before in text and after not in text:
                self._write_listing(listing, text, before, after)
        if folder := folder_of(path):
            self._list_export(folder, path, draft, seals, before)
        draft.replace(path)
        fsync(path.parent)

    def _is_listed(self, draft: Path) -> bool:
        """Whether a file beside it, or its export's manifest, tells its hash already: then it is whole."""
        folder = folder_of(draft)
        told = [*_listings(draft), *([folder / EXPORTED] if folder else [])]
        after = sha256_of_file(draft)
        return any(after in listing.read_text("utf-8") for listing in told)

    def _write_listing(self, listing: Path, text: str, before: str, after: str) -> None:
        """A file that tells the hash of the one beside it; a release's manifest also says that it was rewritten."""
        values = json.loads(text.replace(before, after))
        if listing.name == MANIFEST_NAME:
            note = {"erased_at": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "sha256_before": before}
            values["erasures"] = [*values.get("erasures", []), note]
        _write_over(listing, json.dumps(values, indent=1, ensure_ascii=False).encode())

    def _list_export(self, folder: Path, path: Path, draft: Path, seals: tuple[Seal, ...], before: str) -> None:
        """The manifest of an export tells the new seals and bytes; so does that of the release it belongs to."""
        manifest, name = read_manifest(folder), path.resolve().relative_to(folder).as_posix()
        entry = manifest.entry_of(name) if manifest else None
        if manifest is None or entry is None:
            return
        changed = relisted(entry, draft, seals or entry.tables, before)
        files = tuple(changed if each is entry else each for each in manifest.files)
        _write_over(folder / EXPORTED, Manifest(files=files).as_bytes())
        published = folder.parent / MANIFEST_NAME
        if folder.name != EXPORTS or not published.exists():
            return
        values = json.loads(published.read_text("utf-8"))
        records = values.get("exports") or {}
        if records.get(name, {}).get("sha256") == before:
            records[name] = file_record(draft).model_dump()
        if EXPORTED in records:
            records[EXPORTED] = file_record(folder / EXPORTED).model_dump()
        _write_over(published, json.dumps(values, indent=1, ensure_ascii=False).encode())


def _listings(path: Path) -> list[Path]:
    """The files beside it that may tell its hash, but for an export's manifest."""
    own = {path.name, EXPORTED}
    return sorted(
        listing
        for listing in path.parent.glob("*.json")
        if listing.name not in own and not listing.name.startswith(DRAFT)
    )


def _write_over(path: Path, content: bytes) -> None:
    """Whole or not at all, with the rights it had."""
    mode = path.stat().st_mode & 0o777
    write_durably(path, content)
    path.chmod(mode)
