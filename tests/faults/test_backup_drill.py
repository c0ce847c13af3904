"""Promises: a home is saved and brought back by the commands of docs/operations.md; an older home works."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_ROOT
from tests.small_company import environment, refresh, tenure, write_inbox

pytestmark = pytest.mark.slow  # real refreshes

OPERATIONS = PROJECT_ROOT / "docs" / "operations.md"
NUMBERS = "select month, end_arr_cc, nrr_cc from marts.rpt_retention where segment = 'company' order by all"
# What ledger entries and manifests did not have at first; a missing one means its default.
NEW_IN_LOADS = {"derived", "refused", "refusal", "archived_sha256", "other_sha256"}
NEW_IN_COUNTS = {"control_totals"}
NEW_IN_MANIFESTS = {"acceptances"}


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("drill") / "home"
    write_inbox(home, users_2="user_id,name\n,Nameless\n")  # one row goes into quarantine
    (home / "policy").mkdir()
    (home / "secret.key").write_text("00" * 32)
    (home / "secret.key").chmod(0o600)
    (home / "tenure.toml").write_text("reporting_currency = 'USD'\n")
    first = refresh(home)
    assert first.returncode == 0, first.stderr
    closed = tenure(home, "close", "2025-05", "--label", "paid")
    assert closed.returncode == 0, closed.stderr
    return home


@pytest.fixture
def home(yesterday: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(yesterday, tmp_path / "home", symlinks=True))


def printed(heading: str) -> str:
    """The commands below a heading of the page, as they stand there."""
    text = OPERATIONS.read_text(encoding="utf-8")
    section = re.search(rf"^### {heading}\n(.*?)(?=^##)", text, flags=re.MULTILINE | re.DOTALL)
    assert section, f"{OPERATIONS} has no section '{heading}'"
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", section[1], flags=re.MULTILINE | re.DOTALL))


def run_printed(heading: str, home: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run them with the page's example paths replaced by this test's, and `systemctl` by one that writes down."""
    commands = printed(heading)
    for example, here in {
        "/opt/tenure/.venv/bin/tenure": f"{sys.executable} -m pipelines",
        "/opt/tenure": str(PROJECT_ROOT),
        "/var/lib/tenure": str(home),
        "/srv/backup/tenure": str(tmp_path / "backup"),
    }.items():
        commands = commands.replace(example, here)
    assert "/var/lib" not in commands
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "systemctl").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/systemctl.log\n')
    (programs / "systemctl").chmod(0o755)
    return subprocess.run(
        ["sh", "-eu", "-c", commands], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300,
        env=environment(PATH=f"{programs}:{os.environ['PATH']}"),
    )  # fmt: skip


def numbers(home: Path) -> str:
    answer = tenure(home, "sql", NUMBERS, "--format", "csv")
    assert answer.returncode == 0, answer.stderr
    assert len(answer.stdout.splitlines()) > 12
    return answer.stdout


def contents(home: Path) -> dict[str, tuple[int, bytes]]:
    left_out = ("builds", "refresh.lock")
    return {
        name: (path.lstat().st_mode, str(path.readlink()).encode() if path.is_symlink() else path.read_bytes())
        for path in sorted(home.rglob("*"))
        for name in [str(path.relative_to(home))]
        if (path.is_symlink() or path.is_file()) and not name.startswith(left_out)
    }


def test_a_destroyed_home_comes_back_whole_by_the_printed_commands(home: Path, tmp_path: Path) -> None:
    known, files = numbers(home), contents(home)
    saved = run_printed("Back up", home, tmp_path)
    assert saved.returncode == 0, saved.stderr
    assert (tmp_path / "systemctl.log").read_text().splitlines()[-2:] == [
        "stop tenure-daemon tenure-webserver",
        "start tenure-daemon tenure-webserver",
    ]
    [archive] = (tmp_path / "backup").glob("*.tar")
    assert archive.stat().st_mode & 0o077 == 0, "others may read the secrets in the backup"

    shutil.rmtree(home / "lake")
    (home / "current").unlink()
    (home / "secret.key").write_text("lost")

    restored = run_printed("Restore", home, tmp_path)
    assert restored.returncode == 0, restored.stdout + restored.stderr  # ends with `tenure doctor --deep`
    assert "every byte as it was landed" in restored.stdout
    assert contents(home) == files
    assert numbers(home) == known
    again = refresh(home)
    assert again.returncode == 0, again.stderr
    assert "nothing new" in again.stdout.lower()
    assert (tmp_path / "systemctl.log").read_text().splitlines()[-1] == "start tenure-daemon tenure-webserver"


def test_a_damaged_backup_and_a_home_in_use_are_refused(home: Path, tmp_path: Path) -> None:
    assert run_printed("Back up", home, tmp_path).returncode == 0
    [archive] = (tmp_path / "backup").glob("*.tar")
    restore = [str(PROJECT_ROOT / "deploy" / "restore.sh"), str(archive)]
    before = contents(home)
    in_use = subprocess.run(restore, env=environment(TENURE_HOME=str(home)), capture_output=True, text=True)
    assert in_use.returncode == 2
    assert "is not empty: nothing was restored" in in_use.stderr
    assert contents(home) == before

    with archive.open("r+b") as file:
        file.seek(2000)
        file.write(b"rotten")
    rotten = subprocess.run(restore, env=environment(TENURE_HOME=str(tmp_path / "new")), capture_output=True, text=True)
    assert rotten.returncode != 0
    assert not (tmp_path / "new").exists()


def test_nothing_is_called_a_backup_while_another_holds_the_home(home: Path, tmp_path: Path) -> None:
    script = (PROJECT_ROOT / "deploy" / "backup.sh").read_text(encoding="utf-8")
    impatient = tmp_path / "backup.sh"
    impatient.write_text(script.replace("--wait 7200", "--wait 0"))
    assert impatient.read_text() != script
    with (home / "refresh.lock").open("w") as lock:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = subprocess.run(
            ["sh", str(impatient), str(tmp_path / "backup")],
            env=environment(TENURE_HOME=str(home)),
            capture_output=True,
        )
    assert answer.returncode == 4
    assert not list((tmp_path / "backup").iterdir())


def test_a_home_of_an_older_version_works(home: Path) -> None:
    known = numbers(home)
    make_older(home)
    assert numbers(home) == known
    looked = tenure(home, "doctor")
    assert looked.returncode == 0, looked.stdout
    listed = tenure(home, "releases")
    assert listed.returncode == 0, listed.stderr
    answer = refresh(home)
    assert answer.returncode == 0, answer.stderr
    assert numbers(home) == known
    assert (home / "notes.txt").read_text() == "a person's own"
    looked = tenure(home, "doctor", "--deep")
    assert looked.returncode == 0, looked.stdout
    assert "dagster.yaml is up to date" in looked.stdout


def make_older(home: Path) -> None:
    """The home as an earlier version left it: no newer folders, no newer keys, an unsigned dagster.yaml; and strays."""
    for folder in ("closes", "mappings", "alerts", "backfills", "policy"):
        shutil.rmtree(home / folder, ignore_errors=True)
    for path in (home / "lake" / "_ledger").glob("*.json"):
        load = {key: value for key, value in json.loads(path.read_text()).items() if key not in NEW_IN_LOADS}
        for name, counts in load["entities"].items():
            load["entities"][name] = {key: value for key, value in counts.items() if key not in NEW_IN_COUNTS}
        path.write_text(json.dumps(load))
    for path in (home / "releases").glob("*/manifest.json"):
        path.chmod(0o644)
        manifest = json.loads(path.read_text())
        path.write_text(json.dumps({key: value for key, value in manifest.items() if key not in NEW_IN_MANIFESTS}))
    (home / "dagster" / "dagster.yaml").write_text(UNSIGNED_YAML)
    for stray in ("notes.txt", "lake/notes.txt", "releases/notes.txt", "dagster/notes.txt"):
        (home / stray).write_text("a person's own")


# Byte for byte the first one that was written, before files were signed.
UNSIGNED_YAML = """\
# Written by `tenure` when it is missing; change it as you like.
telemetry:
  enabled: false
# Steps report through the event log; copying the console of each step would start a process a step.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# SQLite with connections that stay open; files and tables are Dagster's own.
event_log_storage:
  module: pipelines.defs.event_log
  class: OpenSqliteEventLogStorage
"""
