"""Every file of a home but the lake and the inbox: releases, closes, builds, run storage, logs.

A file whose hash another file beside it tells (a manifest) is replaced after that: killed in between, the next run does
both again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.privacy.files import DRAFT, WarehouseSweep, forms_of, is_database, sweep_database, without_texts
from pipelines.privacy.pseudonyms import KEY_NAME
from pipelines.privacy.tombstones import FOLDER
from pipelines.release.files import fsync, sha256_of_file, write_durably
from pipelines.release.lock import LOCK_NAME
from pipelines.release.manifest import MANIFEST_NAME
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
        for leftover in [*self.settings.home.rglob(f"{DRAFT}*")]:
            leftover.unlink()
        found = {}
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
        if path.suffix == ".duckdb":
            return sum(self.warehouses.count(path).values())
        if is_database(path):
            return sweep_database(path, self.swept, is_tried=True)
        return int(without_texts(path, self.swept) is not None)

    def _rewrite(self, path: Path) -> None:
        if path.suffix == ".duckdb":
            self._replace(path, self.warehouses.rewrite(path))
        elif is_database(path):
            sweep_database(path, self.swept, is_tried=False)
        else:
            draft = path.with_name(f"{DRAFT}{path.name}")
            draft.write_bytes(without_texts(path, self.swept) or b"")
            self._replace(path, draft)

    def _replace(self, path: Path, draft: Path) -> None:
        draft.chmod(path.stat().st_mode & 0o777)
        fsync(draft)
        before, after = sha256_of_file(path), sha256_of_file(draft)
        for listing in sorted(path.parent.glob("*.json")):
            text = listing.read_text("utf-8")
            if listing != path and before in text:
                self._write_listing(listing, text, before, after)
        draft.replace(path)
        fsync(path.parent)

    def _write_listing(self, listing: Path, text: str, before: str, after: str) -> None:
        """A file that tells the hash of the one beside it; a release's manifest also says that it was rewritten."""
        values = json.loads(text.replace(before, after))
        if listing.name == MANIFEST_NAME:
            note = {"erased_at": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "sha256_before": before}
            values["erasures"] = [*values.get("erasures", []), note]
        mode = listing.stat().st_mode & 0o777
        write_durably(listing, json.dumps(values, indent=1, ensure_ascii=False).encode())
        listing.chmod(mode)
