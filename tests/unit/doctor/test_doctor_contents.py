"""Clock, lock and builds, release, lake, closed months."""

import datetime as dt
import json
import os
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from pipelines.audit.gate import BLOCKED_MARK
from pipelines.doctor.clock import look_at_clock, look_at_time_zone
from pipelines.doctor.contents import look_at_closes, look_at_lake, look_at_policy, look_at_release
from pipelines.doctor.diagnosis import Diagnosis, State, told
from pipelines.doctor.work import look_at_builds, look_at_lock
from pipelines.engine import CONFIG
from pipelines.landing.ledger import LEDGER
from pipelines.release.files import sha256_of_file
from pipelines.release.lock import refresh_lock
from pipelines.release.restatements.closes import MANIFEST_NAME
from pipelines.settings import Settings, yesterday


def bad(lines: Iterable[Diagnosis]) -> list[str]:
    return [line.found for line in lines if line.state is State.BAD]


def writable(path: Path) -> Path:
    path.chmod(0o644)
    return path


def test_a_clock_behind_what_was_done_is_told_with_both_times(settings: Settings) -> None:
    assert not bad(look_at_clock(settings))
    [found] = bad(look_at_clock(settings, dt.datetime(2020, 5, 6, 7, 8, tzinfo=dt.UTC)))
    assert "the clock says 2020-05-06 07:08 UTC, but the landing of" in found


def test_exports_from_the_future_are_noted(settings: Settings) -> None:
    os.utime(settings.inbox / "users.csv", (4e9, 4e9))
    [line] = look_at_clock(settings)
    assert (line.state, "such as users.csv" in line.found) == (State.NOTE, True)


def test_an_as_of_day_that_is_fixed_or_not_over_is_told(home: Path) -> None:
    zone = "Pacific/Kiritimati"
    over = yesterday(zone)
    state = {
        day: [line.state for line in look_at_time_zone(Settings(home=home, company_time_zone=zone, as_of=day))]
        for day in (over - dt.timedelta(days=1), over, over + dt.timedelta(days=1))
    }
    assert list(state.values()) == [[State.NOTE], [State.OK], [State.BAD]]


def test_a_zone_the_machine_does_not_know_is_told(settings: Settings) -> None:
    [line] = look_at_time_zone(settings.model_copy(update={"company_time_zone": "Mars/Olympus"}))
    assert (line.state, "Mars/Olympus" in line.found) == (State.BAD, True)


def test_policy_problems_are_on_the_line(settings: Settings) -> None:
    settings.policy.mkdir()
    (settings.policy / "no_such_seed.csv").write_text("a\n1\n")
    [line] = told("policy", lambda: look_at_policy(settings))
    assert line.state is State.BAD
    assert "no_such_seed" in str(line)
    assert "\n" not in str(line)


def test_a_refresh_at_work_is_noted_and_one_that_hangs_is_bad(settings: Settings) -> None:
    assert [line.state for line in look_at_lock(settings)] == [State.OK]
    with refresh_lock(settings):
        [line] = look_at_lock(settings)
        assert (line.state, f"process {os.getpid()}" in line.found) == (State.NOTE, True)
        (settings.home / "refresh.lock").write_text("process 1, since 2020-01-01 00:00:00 UTC")
        [line] = look_at_lock(settings)
        assert (line.state, "longer than run_timeout_minutes" in line.found) == (State.BAD, True)
    assert [line.state for line in look_at_lock(settings)] == [State.OK]


def test_builds_that_wait_or_are_left_over_are_noted(settings: Settings) -> None:
    (settings.builds / "dead").mkdir(parents=True)
    (settings.builds / "blocked").mkdir()
    (settings.builds / "blocked" / BLOCKED_MARK).write_text("why")
    blocked, dead = look_at_builds(settings)
    assert (blocked.state, "waits for a person" in blocked.found) == (State.NOTE, True)
    assert "tenure release --accept" in blocked.do
    assert (dead.state, dead.found.startswith("1 left by runs")) == (State.NOTE, True)
    with refresh_lock(settings):
        assert len(list(look_at_builds(settings))) == 1, "a build of the run that is at work is not left over"


def test_a_changed_live_release_is_found_by_its_hash(settings: Settings) -> None:
    with writable(settings.current.resolve() / "warehouse.duckdb").open("ab") as file:
        file.write(b"\0")
    [found] = bad(look_at_release(settings, is_deep=False))
    assert "other bytes than the ones that were audited" in found


def test_a_live_release_that_is_gone_or_does_not_open_is_found(settings: Settings) -> None:
    folder = settings.current.resolve()
    warehouse = writable(folder / "warehouse.duckdb")
    warehouse.write_bytes(b"no warehouse")
    manifest = writable(folder / "manifest.json")
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "warehouse_sha256": sha256_of_file(warehouse)}))
    assert "does not open" in bad(look_at_release(settings, is_deep=False))[0]
    warehouse.unlink()
    assert "has no warehouse.duckdb" in bad(look_at_release(settings, is_deep=False))[0]
    manifest.write_text("{")
    assert "no readable manifest" in bad(told("release", lambda: look_at_release(settings, is_deep=False)))[0]
    folder.rename(settings.home / "elsewhere")
    assert "is not there" in bad(look_at_release(settings, is_deep=False))[0]


def test_a_write_ahead_log_beside_the_live_release_is_found(settings: Settings) -> None:
    (settings.current.resolve() / "warehouse.duckdb.wal").write_bytes(b"x")
    assert "warehouse.duckdb.wal" in bad(look_at_release(settings, is_deep=False))[0]


def test_a_current_that_is_no_link_is_found(settings: Settings) -> None:
    settings.current.unlink()
    settings.current.mkdir()
    assert "is no link to a release" in bad(look_at_release(settings, is_deep=False))[0]


def test_an_old_release_is_noted(settings: Settings) -> None:
    [line] = look_at_release(settings, False, dt.datetime(2026, 2, 2, 1, tzinfo=dt.UTC))
    assert (line.state, ", 1 h old" in line.found) == (State.OK, True)
    [line] = look_at_release(settings, False, dt.datetime(2026, 2, 4, tzinfo=dt.UTC))
    assert (line.state, "48 h old: older than release_late_after_hours (36)" in line.found) == (State.NOTE, True)


def test_deep_counts_rows_and_looks_at_older_releases(settings: Settings) -> None:
    now = dt.datetime(2026, 2, 2, 1, tzinfo=dt.UTC)
    assert [line.state for line in look_at_release(settings, True, now)] == [State.OK]
    old = min(path for path in settings.releases.iterdir())
    with writable(old / "warehouse.duckdb").open("ab") as file:
        file.write(b"\0")
    assert not bad(look_at_release(settings, False, now))
    assert bad(look_at_release(settings, True, now)) == [f"{old.name}: no longer as audited"]

    live = settings.current.resolve()
    with duckdb.connect(str(writable(live / "warehouse.duckdb")), config=CONFIG) as connection:
        connection.execute("insert into marts.dim_clients values (9)")
    manifest = writable(live / "manifest.json")
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "warehouse_sha256": sha256_of_file(live / "warehouse.duckdb")}))
    assert not bad(look_at_release(settings, False, now))
    assert "other row counts than its manifest: marts.dim_clients" in bad(look_at_release(settings, True, now))[0]


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("invoices", "files of landed rows are"),
        ("_quarantine", "files of landed rows"),
        ("_archive", "archived originals"),
    ],
)
def test_a_lake_file_that_is_gone_or_changed_is_found(settings: Settings, folder: str, words: str) -> None:
    victim = min(path for path in (settings.lake / folder).iterdir())
    content = victim.read_bytes()
    victim.write_bytes(content[:-1] + b"\0")
    assert not bad(look_at_lake(settings, is_deep=False)), "without --deep only absence is seen"
    [found] = bad(look_at_lake(settings, is_deep=True))
    assert words in found
    assert f"{folder}/{victim.name}" in found
    victim.unlink()
    [found] = bad(look_at_lake(settings, is_deep=False))
    assert f"{folder}/{victim.name}" in found


def test_a_damaged_ledger_entry_is_named(settings: Settings) -> None:
    entry = min((settings.lake / LEDGER).iterdir())
    entry.write_text("{")
    [found] = bad(told("lake", lambda: look_at_lake(settings, is_deep=False)))
    assert str(entry) in found


def test_the_lake_is_not_compared_while_a_refresh_writes_it(settings: Settings) -> None:
    with refresh_lock(settings):
        assert [line.state for line in look_at_lake(settings, is_deep=True)] == [State.NOTE]


def test_a_closed_month_that_cannot_be_read_is_named(settings: Settings) -> None:
    assert not bad(look_at_closes(settings))
    folder = settings.home / "closes" / "2026-01" / "paid"
    folder.mkdir(parents=True)
    (folder / MANIFEST_NAME).write_text("{")
    [found] = bad(told("closes", lambda: look_at_closes(settings)))
    assert str(folder) in found
