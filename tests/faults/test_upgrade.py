"""Promise: new code on an old home lands all of it again from the originals and publishes; nobody migrates anything."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.engine import CONFIG
from pipelines.landing.ledger import LEDGER
from pipelines.release.files import sha256_of_file
from tests.faults.looks import assert_whole, live
from tests.mart_hashes import differing, mart_hashes
from tests.warm import Refresher

pytestmark = pytest.mark.slow
# What the first version of the code wrote; all that came later is missing in a home of its time.
FIRST_ENTRY = {
    *("load_id", "seq", "sha256", "file_name", "source", "size", "run_id", "loaded_at", "exported_at", "dialect"),
    *("config_sha256", "entities", "derived", "findings", "refused", "refusal"),
}
FIRST_COUNTS = {"rows_read", "rows_landed", "rows_duplicate", "rows_quarantined", "parquet_sha256"}
LATER_IN_MANIFESTS = {"acceptances"}
LATER_TABLES = ("ops.restatements", "ops.acceptances", "ops.closed_months")


def rewrite(path: Path, text: str) -> None:
    path.unlink()  # files of a release are read-only, and stay what they are for whoever has them open
    path.write_text(text, encoding="utf-8")


def aged(entry: dict[str, Any]) -> dict[str, Any]:
    """A ledger entry as older code wrote it, by other rules of landing."""
    old = {name: value for name, value in entry.items() if name in FIRST_ENTRY}
    old["config_sha256"] = "the hash of older code"
    old["entities"] = {
        entity: {name: count for name, count in counts.items() if name in FIRST_COUNTS}
        for entity, counts in entry["entities"].items()
    }
    return old


def without_later_tables(warehouse: Path) -> str:
    """Drop what the first version did not have. Returns the file's hash."""
    warehouse.chmod(0o644)
    with duckdb.connect(str(warehouse), config=CONFIG) as connection:
        for table in LATER_TABLES:
            connection.execute(f"drop table if exists {table}")
    warehouse.chmod(0o444)
    return sha256_of_file(warehouse)


@pytest.fixture
def old_home(home: Path) -> Path:
    """A home as the first version left it: ledger, manifest and release without what came later."""
    for path in (home / "lake" / LEDGER).glob("*.json"):
        rewrite(path, json.dumps(aged(json.loads(path.read_text("utf-8")))))
    manifest = json.loads((home / "current" / "manifest.json").read_text("utf-8"))
    manifest["identity"]["code_sha256"] = manifest["fingerprint"] = "older code"
    kept = {name: value for name, value in manifest.items() if name not in LATER_IN_MANIFESTS}
    kept["warehouse_sha256"] = without_later_tables(home / "current" / "warehouse.duckdb")
    shutil.rmtree(home / "current" / "audit")
    rewrite(home / "current" / "manifest.json", json.dumps(kept))
    return home


def test_the_next_refresh_after_an_upgrade_publishes_the_same_figures(
    old_home: Path, nightly: Refresher, measured: Callable[[str], None]
) -> None:
    """Ledger entries and the manifest lack every field that came later, and name other code."""
    before, figures = live(old_home), mart_hashes(old_home / "current")
    after = nightly(old_home)
    assert after.status == 0, after.message
    assert after.run is not None and after.run.receipt is not None
    assert all(file.is_relanded for file in after.run.receipt.files) and after.run.receipt.files
    assert live(old_home) != before
    assert differing(mart_hashes(old_home / "current"), figures) == []
    assert_whole(old_home)
    measured(f"{len(after.run.receipt.files)} files landed again, {len(figures)} marts: 0 differ")


def test_an_upgrade_on_an_old_lake_without_its_parquet_makes_it_anew(old_home: Path, nightly: Refresher) -> None:
    """The Parquet of the old home is unreadable for new code: only the originals count."""
    figures = mart_hashes(old_home / "current")
    for path in (old_home / "lake").glob("*/*.parquet"):
        path.write_bytes(b"of another format")
    after = nightly(old_home)
    assert after.status == 0, after.message
    assert differing(mart_hashes(old_home / "current"), figures) == []
