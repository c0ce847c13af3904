"""Promise: what a dead process left behind is never taken for data.

DuckDB replays a write-ahead log (`.wal`) that lies beside a file; a stale one must stop the reader or be swept away,
and what dead runs left must go.
"""

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.serving.release import open_release
from tests.faults.looks import assert_tidy, assert_whole, live
from tests.small_company import USERS, write_inbox
from tests.warm import Refresher

pytestmark = pytest.mark.slow
BOB = USERS + "am2,Bob Manager,true\n"


class Planter:
    """A reporter that copies a file beside the warehouse of the build under way when a step begins."""

    def __init__(self, home: Path, step: str, wal: Path) -> None:
        self.home, self.step, self.wal = home, step, wal
        self.planted: list[Path] = []

    def started(self, step: str) -> None:
        if step == self.step:
            for warehouse in (self.home / "builds").glob("*/warehouse.duckdb"):
                self.planted.append(warehouse.with_name("warehouse.duckdb.wal"))
                shutil.copy(self.wal, self.planted[-1])

    def finished(self, step: str, seconds: float, found: str) -> None:
        """A step is done."""


@pytest.fixture
def wal(home: Path, tmp_path: Path) -> Path:
    """A log that deletes all clients: of a copy of the release's own file, whose writer died before the checkpoint."""
    copy = tmp_path / "copy.duckdb"
    shutil.copy(home / "current" / "warehouse.duckdb", copy)
    copy.chmod(0o644)
    with duckdb.connect(str(copy), config=CONFIG) as connection:
        connection.execute("set wal_autocheckpoint = '1TB'; pragma disable_checkpoint_on_shutdown")
        connection.execute("delete from marts.dim_clients")
    left = copy.with_name("copy.duckdb.wal")
    assert left.stat().st_size > 0
    return left


def test_a_stale_wal_beside_a_release_is_no_data(home: Path, nightly: Refresher, wal: Path) -> None:
    """A log that deletes all clients lies beside the live release: readers are told, and never shown the log."""
    before = live(home)
    (home / "current" / "warehouse.duckdb.wal").write_bytes(b"left over by another program")
    with pytest.raises(UserError, match="lies beside"):
        open_release(home / "current").close()
    shutil.copy(wal, home / "current" / "warehouse.duckdb.wal")
    with pytest.raises(UserError, match="lies beside"):
        open_release(home / "current").close()
    write_inbox(home, users_2=BOB)
    after = nightly(home)
    assert after.status == 0, after.message
    assert live(home) != before
    assert_whole(home)
    assert not list((home / "current").glob("*.wal"))


@pytest.mark.parametrize("step", ["audit", "seal", "dashboard", "exports", "publish"])
def test_a_stale_wal_beside_a_build_is_never_published(home: Path, nightly: Refresher, wal: Path, step: str) -> None:
    """The log is planted beside the build while it is audited, sealed, drawn from and published."""
    before = live(home)
    write_inbox(home, users_2=BOB)
    planter = Planter(home, step, wal)
    during = nightly(home, reporter=planter)
    assert planter.planted
    if during.status == 0:
        assert live(home) != before
    else:
        assert live(home) == before
        assert nightly(home).status == 0
    assert_whole(home)
    assert not list((home / "current").glob("*.wal"))
    assert_tidy(home)


def test_leftovers_of_dead_runs_are_swept(home: Path, nightly: Refresher) -> None:
    """Half a build, half a removal, temporary files and links, Parquet that no ledger entry knows: all of it goes."""
    write_inbox(home, users_2=BOB)
    dead = home / "builds" / "dead"
    dead.mkdir()
    (dead / "warehouse.duckdb").write_bytes(b"half")
    (dead / "warehouse.duckdb.wal").write_bytes(b"half")
    (home / "builds" / ".trash-old").mkdir()
    (home / "builds" / "stray").write_text("a file", encoding="utf-8")
    (home / ".current.1.tmp").symlink_to("releases/nowhere")
    (home / "lake" / "accounts" / ".tmp-1").write_bytes(b"half")
    stray = home / "lake" / "accounts" / "00000099-aaaaaaaaaaaa.parquet"
    shutil.copy(next((home / "lake" / "accounts").glob("*.parquet")), stray)
    after = nightly(home)
    assert after.status == 0, after.message
    assert_whole(home)
    assert_tidy(home)
    assert not stray.exists()
