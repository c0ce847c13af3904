"""`tenure doctor`: a good home has no finding, every fault has its own, and nothing is changed by looking."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.doctor import examine
from pipelines.doctor.diagnosis import State
from pipelines.doctor.software import installed, locked, look_at_code, look_at_versions
from pipelines.settings import PROJECT_ROOT


def state_of(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file and folder of a home; SQLite's journals come and go with each reader."""
    return {
        str(path.relative_to(home)): (path.lstat().st_mode, path.lstat().st_ino, path.read_bytes())
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    } | {str(path.relative_to(home)): (path.lstat().st_mode, 0, b"") for path in home.rglob("*") if path.is_dir()}


@pytest.mark.parametrize("is_deep", [False, True])
def test_a_home_in_good_order_has_nothing_bad_and_is_not_touched(home: Path, is_deep: bool) -> None:
    before = state_of(home)
    diagnoses = examine(home, is_deep)
    assert not [line for line in diagnoses if line.state is State.BAD and line.name != "versions"]
    names = [line.name for line in diagnoses]
    assert names[:3] == ["versions", "code", "settings"]
    assert {"home", "secrets", "disk", "inbox", "time zone", "clock", "policy", "lock", "builds", "release"} <= set(
        names
    )
    assert {"lake", "closes", "dagster", "schedule", "alerts"} <= set(names)
    assert state_of(home) == before


def test_wrong_settings_do_not_hide_the_rest(tmp_path: Path) -> None:
    (tmp_path / "tenure.toml").write_text("reporting_curency = 'EUR'\n")
    diagnoses = examine(tmp_path)
    assert [line.name for line in diagnoses] == ["versions", "code", "settings"]
    assert diagnoses[-1].state is State.BAD
    assert "reporting_curency" in diagnoses[-1].found
    assert "known settings" in diagnoses[-1].do


def test_one_bad_line_makes_status_2_and_says_what_to_do(home: Path) -> None:
    (home / "current").unlink()
    answer = subprocess.run(
        [sys.executable, "-m", "pipelines", "doctor", "--home", str(home)],
        cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert answer.returncode == 2, answer.stderr
    [line] = [line for line in answer.stdout.splitlines() if line.startswith("BAD  release")]
    assert "no release is live, 2 are kept; to do: tenure rollback 2026-" in line
    assert "\nok   lake" in answer.stdout


def test_installed_packages_are_compared_with_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"duckdb=={installed('duckdb')} \\\n    --hash=sha256:00\npolars=={installed('polars')}\n"
        'pywin32==1 ; sys_platform == "win32" \\\n    --hash=sha256:00\n'
    )
    [same] = look_at_versions(lock)
    assert same.state is State.OK
    assert "2 packages as in the lock" in same.found

    lock.write_text("duckdb==0.1.0\n")
    [other] = look_at_versions(lock)
    assert other.state is State.BAD
    assert f"duckdb {installed('duckdb')} (lock: 0.1.0)" in other.found
    assert "--require-hashes" in other.do

    lock.write_text("no-such-package==1.0\n")
    [missing] = look_at_versions(lock)
    assert (missing.state, "no-such-package missing (lock: 1.0)" in missing.found) == (State.NOTE, True)

    [without] = look_at_versions(tmp_path / "none")
    assert without.state is State.NOTE


def test_the_projects_own_lock_can_be_read() -> None:
    packages = locked(PROJECT_ROOT / "requirements.lock")
    assert len(packages) > 100
    assert packages["duckdb"].startswith("1.5")


def test_code_whose_folder_can_be_written_is_well() -> None:
    [line] = look_at_code()
    assert line.state is State.OK
