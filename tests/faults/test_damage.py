"""Promise: a damaged file of the lake is found by its hash, named, and healed from the original; nothing wrong is read.

A damaged original is never landed from. What cannot be healed stops the release.
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.landing.ledger import ARCHIVE, LEDGER, QUARANTINE
from tests.faults.looks import assert_whole, live
from tests.small_company import FILES, LINES, USERS, write_inbox
from tests.unit.landing.homes import Home
from tests.warm import Refresher

WORDS = "source,entity,column,value,mapped\ntemplate,escalations,severity,Urgent!,P1\n"
CASES = "escalation_id,account_id,severity,opened_at\ne1,one,Urgent!,2025-03-01T09:00:00Z\n"


def flip(path: Path, at: float = 0.5) -> None:
    """Turn one bit of a file, in its middle by default."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def lake_files(home: Home) -> dict[str, bytes]:
    """All of the lake but the originals, by name."""
    found = {path: path.read_bytes() for path in sorted(home.lake.rglob("*")) if path.is_file()}
    return {path.relative_to(home.lake).as_posix(): text for path, text in found.items() if path.parent.name != ARCHIVE}


@pytest.fixture
def landed(tmp_path: Path) -> Home:
    """A lake with rows of every kind: counted, quarantined, and words that other rows are read with."""
    home = Home(tmp_path)
    lines = LINES + "l9,i1,Platform,twelve,2024-01-01,2024-12-31\n"
    for name, text in {**FILES, "invoice_lines.csv": lines, "map_values.csv": WORDS, "escalations.csv": CASES}.items():
        home.put(name, text)
    assert not home.land().refused
    return home


def test_every_damaged_lake_file_is_named_and_healed(landed: Home, measured: Callable[[str], None]) -> None:
    """A bit is turned in each lake file in turn, rows, quarantine and words alike; the same bytes are there again."""
    before = lake_files(landed)
    parquet = [name for name in before if name.endswith(".parquet")]
    assert {name.split("/")[0] for name in parquet} >= {QUARANTINE, "map_values", "escalations", "invoice_lines"}
    for name in parquet:
        flip(landed.lake / name)
        receipt = landed.land()
        assert [str(landed.lake / name) in file.what for file in receipt.healed] == [True]
        assert not receipt.refused
        assert lake_files(landed) == before
    measured(f"a bit in each of {len(parquet)} files: {len(parquet)} named, {len(parquet)} healed to the same bytes")


def test_a_lake_file_that_is_gone_is_made_anew(landed: Home) -> None:
    """All Parquet files are removed at once."""
    before = lake_files(landed)
    for path in landed.lake.glob("*/*.parquet"):
        path.unlink()
    receipt = landed.land()
    assert len(receipt.healed) == len(FILES) + 2
    assert lake_files(landed) == before
    assert not landed.land().healed


def test_a_damaged_original_is_never_landed_from(landed: Home) -> None:
    """A lake file and its original are both damaged: the original is named with its hash, the lake keeps the damage."""
    load = landed.ledger().newest_of("invoices.csv")
    assert load is not None
    lake_file, original = landed.lake / "invoices" / f"{load.load_id}.parquet", landed.lake / ARCHIVE / load.sha256
    whole = original.read_bytes()
    flip(original)
    flip(lake_file)
    damaged = lake_file.read_bytes()
    told = landed.land().refused
    assert [file.file_name for file in told] == ["invoices.csv", "invoices.csv"]
    assert str(original) in told[0].what and load.sha256 in told[0].do
    assert str(lake_file) in told[1].what
    assert lake_file.read_bytes() == damaged
    original.write_bytes(whole)
    assert [file.file_name for file in landed.land().healed] == ["invoices.csv"]


def test_a_lost_original_changes_no_row_when_settings_change(landed: Home) -> None:
    """A changed setting wants all files landed again, one original is gone: its rows stay as they were landed."""
    load = landed.ledger().newest_of("invoices.csv")
    assert load is not None
    (landed.lake / ARCHIVE / load.sha256).unlink()
    rows = landed.rows("invoices")
    landed.reporting_currency = "EUR"
    receipt = landed.land()
    assert [(file.file_name, "is gone" in file.what) for file in receipt.refused] == [("invoices.csv", True)]
    assert len(receipt.files) == len(FILES) + 1
    assert landed.rows("invoices").equals(rows)


def test_words_that_cannot_be_healed_stop_the_landing(landed: Home) -> None:
    """The words of the company and their original are damaged: no row is read without them."""
    load = landed.ledger().newest_of("map_values.csv")
    assert load is not None
    flip(landed.lake / ARCHIVE / load.sha256)
    flip(landed.lake / "map_values" / f"{load.load_id}.parquet")
    before = lake_files(landed)
    with pytest.raises(UserError, match="map_values"):
        landed.land()
    assert lake_files(landed) == before


@pytest.mark.parametrize("damage", ["{", '{"load_id": "x"}', "[]", "\x00\x00"])
def test_a_damaged_ledger_entry_is_named(landed: Home, damage: str) -> None:
    """An entry of the ledger is cut, emptied or overwritten: the file is named, nothing is changed."""
    path = next((landed.lake / LEDGER).glob("*.json"))
    path.write_text(damage, encoding="utf-8")
    before = lake_files(landed)
    with pytest.raises(UserError) as refusal:
        landed.land()
    assert refusal.value.where == str(path)
    assert lake_files(landed) == before


def test_an_entry_of_a_newer_tenure_is_named(landed: Home) -> None:
    """An entry has a field that this code does not know: it is not thrown away."""
    path = next((landed.lake / LEDGER).glob("*.json"))
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "from_the_future": 1}), encoding="utf-8")
    with pytest.raises(UserError, match="from_the_future"):
        landed.land()


def test_the_same_file_again_heals_its_original(landed: Home) -> None:
    """The original of a file is damaged, and the same bytes come in again under another name."""
    original = next(path for path in (landed.lake / ARCHIVE).iterdir() if path.read_text("utf-8") == USERS)
    flip(original)
    landed.put("users_again.csv", USERS)
    landed.land()
    assert original.read_text("utf-8") == USERS


def test_hashing_the_lake_costs_little(tmp_path: Path, measured: Callable[[str], None]) -> None:
    """The full hash of 64 MB of lake, as every night takes it: fast enough to need no cache of sizes and times."""
    from pipelines.landing.ledger import sha256_of

    path = tmp_path / "lake.parquet"
    path.write_bytes(os.urandom(1 << 20) * 64)
    begun = time.process_time()
    sha256_of(path)
    seconds = time.process_time() - begun
    assert seconds < 5
    measured(f"{64 / 1024 / seconds:.1f} GB a second of processor time")


@pytest.mark.slow
def test_a_healed_lake_gives_the_same_release_and_a_lost_one_none(home: Path, nightly: Refresher) -> None:
    """The lake is healed before the build: nothing is new. With the original damaged as well, nothing is published."""
    before = live(home)
    lake_file = next((home / "lake" / "invoice_lines").glob("*.parquet"))
    flip(lake_file)
    healed = nightly(home)
    assert healed.run is not None and healed.run.is_nothing_new
    assert healed.run.receipt is not None and len(healed.run.receipt.healed) == 1

    shutil.copytree(home / "lake", home / "backup")
    flip(lake_file)
    for original in (home / "lake" / ARCHIVE).iterdir():
        flip(original)
    write_inbox(home, users_2=USERS + "am2,Bob Manager,true\n")
    lost = nightly(home)
    assert lost.status in (2, 3), lost.message
    assert str(lake_file) in lost.message or str(home / "lake") in lost.message
    assert live(home) == before
    assert_whole(home)

    for original in (home / "backup" / ARCHIVE).iterdir():
        shutil.copy(original, home / "lake" / ARCHIVE / original.name)
    again = nightly(home)
    assert again.status == 0, again.message
    assert live(home) != before
    assert_whole(home)
