"""Promise: there is no moment at which a kill hurts; landing and publishing may die before any change of a file."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.landing import land
from pipelines.landing.ledger import LEDGER
from pipelines.release.history import current_id, list_releases
from pipelines.release.manifest import write_manifest
from pipelines.release.publish import publish, remove_dead_builds, remove_old_releases, seal
from pipelines.settings import PROJECT_ROOT, Settings, load_settings
from tests.small_company import AS_OF, LINES
from tests.unit.release.releases import make_build, make_manifest, publish_numbers

pytestmark = pytest.mark.slow  # a process a change


def victims(work: str, folder: Path, first: int, last: int) -> list[int]:
    """Let the victims of `tests.faults.victim` die; what each of them ended with."""
    command = [sys.executable, "-m", "tests.faults.victim", work, str(folder), str(first), str(last)]
    run = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return [int(word) for word in run.stdout.split()]


def settings_of(home: Path) -> Settings:
    return load_settings(home, as_of=AS_OF)


def contents(home: Path) -> dict[str, object]:
    """The lake without what tells two landings of the same files apart: when they were."""
    lake, found = home / "lake", {}
    for path in sorted(path for path in lake.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            found[path.relative_to(lake).as_posix()] = pl.read_parquet(path).drop("_newness_at", strict=False).rows()
        else:
            found[path.relative_to(lake).as_posix()] = "" if path.parent.name == LEDGER else path.read_bytes()
    return found


@pytest.fixture
def before_landing(tmp_path: Path) -> Path:
    """A home with a landed file, a new one of which a row is quarantined, and a setting that changed since."""
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    (home / "inbox" / "invoice_lines.csv").write_text(LINES + "l5,i3,Platform,x,,\n", encoding="utf-8")
    assert land(settings_of(home), "first").files
    (home / "tenure.toml").write_text('company_time_zone = "Europe/Berlin"\n', encoding="utf-8")
    (home / "inbox" / "invoice_lines_2.csv").write_text(LINES + "l6,i3,Platform,y,,\n", encoding="utf-8")
    for path in (home / "inbox").iterdir():
        os.utime(path, (1e9, 1e9))  # an old file needs no second look, which takes time
    return home


def each_kill(work: str, home: Path, tmp_path: Path, look: Callable[[Path], None]) -> int:
    """Kill the work at each of its changes, each time in a copy of the home, and look at what is left. The number."""
    unharmed = shutil.copytree(home, tmp_path / "0", symlinks=True)
    (kills,) = victims(work, tmp_path, 0, 0)
    look(unharmed)
    for number in range(1, kills + 1):
        shutil.copytree(home, tmp_path / str(number), symlinks=True)
    assert victims(work, tmp_path, 1, kills) == [-signal.SIGKILL] * kills
    for number in range(1, kills + 1):
        look(tmp_path / str(number))
    return kills


def test_a_landing_may_die_before_any_change(
    before_landing: Path, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    """SIGKILL before each file that a landing writes, renames or removes; the next landing ends with the same lake."""
    whole = shutil.copytree(before_landing, tmp_path / "whole")
    land(settings_of(whole), "second")
    expected = contents(whole)

    def look(home: Path) -> None:
        land(settings_of(home), "next")
        assert contents(home) == expected

    kills = each_kill("land", before_landing, tmp_path, look)
    assert not land(settings_of(whole), "again").files
    assert kills > 20
    measured(f"{kills} kills, {kills} lakes as if nothing had been")


def test_a_publication_may_die_before_any_change(tmp_path: Path, measured: Callable[[str], None]) -> None:
    """SIGKILL before each change that publishing and tidying make; what is live is always one whole release."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "tenure.toml").write_text("keep_releases = 2\n", encoding="utf-8")
    settings = settings_of(home)
    made = publish_numbers(settings, 2)
    build_dir = make_build(settings, 3)
    this = make_manifest(3, seal(build_dir), made[-1].publications)
    write_manifest(home, this)
    known = {made[-1].release_id, this.release_id}

    def look(killed: Path) -> None:
        settings = settings_of(killed)
        live = current_id(settings)
        assert live in known
        assert {release.release_id for release in list_releases(settings) if release.is_current} == {live}
        files = {path.name for path in (killed / "current" / "").iterdir()}
        assert files == {"warehouse.duckdb", "manifest.json", "dashboard"}
        remove_dead_builds(settings)  # as the next refresh begins
        next_build = make_build(settings, 4)
        publish(settings, next_build, make_manifest(4, seal(next_build), this.publications))
        remove_old_releases(settings)
        assert current_id(settings) not in known
        assert not list(settings.builds.iterdir())
        assert len(list_releases(settings)) == 2

    kills = each_kill("publish", home, tmp_path, look)
    assert kills > 10
    measured(f"{kills} kills, {kills} times one whole release live")
