"""Promise: who reads a release reads one release, whole, as long as it likes, whatever is published meanwhile."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.engine import CONFIG
from pipelines.release.history import list_releases, rollback
from pipelines.release.publish import publish, remove_old_releases, seal
from pipelines.serving.release import open_release
from pipelines.settings import PROJECT_ROOT, Settings, load_settings
from tests.faults.looks import assert_whole, live
from tests.mart_hashes import differing, mart_hashes
from tests.small_company import INVOICES, LINES, USERS, write_inbox
from tests.unit.release.releases import make_manifest
from tests.warm import Refresher

PUBLISHES, READERS, ROWS = 100, 2, 50_000


def publish_number(settings: Settings, number: int) -> None:
    """A release whose rows, manifest and dashboard all say its id."""
    build_dir = settings.builds / f"run-{number}"
    (build_dir / "dashboard").mkdir(parents=True)
    release_id = make_manifest(number, "", []).release_id
    with duckdb.connect(str(build_dir / "warehouse.duckdb"), config=CONFIG) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.dim_clients as select '{release_id}' as release_id, i from range({ROWS}) as t(i)"
        )
    (build_dir / "dashboard" / "index.html").write_text(release_id, encoding="utf-8")
    before = list_releases(settings)[:1]
    publish(
        settings, build_dir, make_manifest(number, seal(build_dir), before[0].manifest.publications if before else [])
    )
    remove_old_releases(settings)


@pytest.mark.slow
def test_readers_polling_during_100_publishes_never_fail(tmp_path: Path, measured: Callable[[str], None]) -> None:
    """Two processes open, read and close the live release all the while: no failure, no mix of two releases."""
    settings, stop = Settings(home=tmp_path / "home", as_of=dt.date(2026, 1, 30)), tmp_path / "stop"
    publish_number(settings, 1)
    reader = [sys.executable, "-m", "tests.faults.polling", str(settings.home), str(stop)]
    readers = [subprocess.Popen(reader, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True) for _ in range(READERS)]
    try:
        for number in range(2, PUBLISHES + 2):
            publish_number(settings, number)
    finally:
        stop.touch()
    told = [json.loads(process.communicate(timeout=60)[0]) for process in readers]
    assert [problem for one in told for problem in one["problems"]] == []
    reads, releases = sum(one["reads"] for one in told), min(one["releases"] for one in told)
    assert releases > 10, "the readers saw too little of what was published to say anything"
    measured(f"{PUBLISHES} publishes, {reads:,} reads by {READERS} processes: 0 failures, 0 torn")


@pytest.mark.slow
def test_a_reader_keeps_its_release_for_the_whole_night_and_after(home: Path, nightly: Refresher) -> None:
    """A connection stays open during a refresh that removes its release: its figures stay those of the evening."""
    (home / "tenure.toml").write_text("keep_releases = 1\n", encoding="utf-8")
    evening = live(home)
    with open_release(home / "current") as release:
        write_inbox(home, users_2=USERS + "am2,Bob Manager,true\n")
        night = nightly(home)
        assert night.status == 0, night.message
        assert [path.name for path in (home / "releases").iterdir()] == [live(home)]
        assert live(home) != evening
        assert (
            release.rows("select sum(arr_cc) as arr from marts.fct_arr where month = date '2025-06-01'").item() == 1200
        )
        assert release.rows("select max(publication_id) as id from ops.publications").item() == evening
        with open_release(home / "current") as morning:
            assert morning.rows("select count(*) as n from ops.publications").item() == 2
    assert_whole(home)


@pytest.mark.slow
def test_rollback_and_forward_again_shows_the_very_same_figures(
    home: Path, nightly: Refresher, measured: Callable[[str], None]
) -> None:
    """Back to the release before, and forward again: each time its marts are those of its publication, to the digit."""
    settings, first = load_settings(home), live(home)
    write_inbox(
        home,
        invoices_2=INVOICES.splitlines()[0] + "\ni4,two,invoice,open,USD,2025-06-01,2025-06-30,\n",
        invoice_lines_2=LINES.splitlines()[0] + "\nl4,i4,Platform,600.00,2025-06-01,2025-11-30\n",
    )
    assert nightly(home).status == 0
    second = live(home)
    figures = {release_id: mart_hashes(home / "releases" / release_id) for release_id in (first, second)}
    assert "fct_arr" in differing(figures[first], figures[second])
    for release_id in (first, second, first, second):
        rollback(settings, release_id)
        assert live(home) == release_id
        assert mart_hashes(home / "current") == figures[release_id]
        assert_whole(home)
    again = nightly(home)
    assert again.run is not None and again.run.is_nothing_new
    measured(f"4 switches, {len(figures[first])} marts: 0 differ")
