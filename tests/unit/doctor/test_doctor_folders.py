"""Rights, secrets, disk, inbox."""

import os
import pickle
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pipelines.doctor import folders
from pipelines.doctor.diagnosis import Diagnosis, State
from pipelines.doctor.folders import look_at_disk, look_at_inbox, look_at_rights, look_at_secrets
from pipelines.settings import Settings

NOBODY = 65534


def without_rights(look: Callable[[Settings], Iterable[Diagnosis]], settings: Settings) -> list[Diagnosis]:
    """What the look finds as a user who is not root: root may do everything."""
    if os.geteuid() != 0:
        return list(look(settings))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(writer, pickle.dumps(list(look(settings))))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        found = pipe.read()
    os.waitpid(child, 0)
    return list(pickle.loads(found))


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An empty home, its own user's; everybody may pass through to it."""
    base = tmp_path_factory.mktemp("rights")
    for folder in (base, *base.parents):
        if folder.stat().st_uid == os.geteuid() and folder.name.startswith(("rights", "pytest-", "popen-")):
            folder.chmod(0o755)
    settings = Settings(home=base / "home")
    for folder in (settings.inbox, settings.lake / "invoices", settings.releases, settings.builds):
        folder.mkdir(parents=True)
    if os.geteuid() == 0:
        for path in (settings.home, *settings.home.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    return settings


def test_a_home_of_this_user_alone_is_well(settings: Settings) -> None:
    [line] = without_rights(look_at_rights, settings)
    assert line.state is State.OK


@pytest.mark.parametrize("part", ["", "lake/invoices", "releases"])
def test_a_folder_that_cannot_be_written_is_named(settings: Settings, part: str) -> None:
    folder = settings.home / part
    folder.chmod(0o555)
    found = without_rights(look_at_rights, settings)
    folder.chmod(0o755)
    assert [line.state for line in found] == [State.BAD]
    assert f"{folder} cannot be read and written" in found[0].found
    assert "chown" in found[0].do


@pytest.mark.parametrize("part", ["", "lake", "builds"])
def test_a_folder_that_everybody_may_write_is_named(settings: Settings, part: str) -> None:
    (settings.home / part).chmod(0o777)
    [line] = look_at_rights(settings)
    assert (line.state, line.do) == (State.BAD, f"chmod o-w {settings.home / part}")


def test_a_home_that_is_not_there_can_be_made_or_not(tmp_path: Path) -> None:
    [line] = look_at_rights(Settings(home=tmp_path / "new" / "home"))
    assert line.state is State.NOTE
    tmp_path.chmod(0o555)
    [line] = without_rights(look_at_rights, Settings(home=tmp_path / "new" / "home"))
    tmp_path.chmod(0o755)
    assert line.state is State.BAD


def test_a_secret_that_others_may_read_is_named_with_its_rights(settings: Settings) -> None:
    key = settings.home / "secret.key"
    key.write_text("00")
    key.chmod(0o640)
    [line] = look_at_secrets(settings)
    assert (line.state, line.do) == (State.BAD, f"chmod 600 {key}")
    assert "640" in line.found
    key.chmod(0o600)
    [line] = look_at_secrets(settings)
    assert (line.state, line.found) == (State.OK, "only their owner may use secret.key")


def test_settings_are_a_secret_only_with_addresses_in_them(settings: Settings) -> None:
    file = settings.home / "tenure.toml"
    file.write_text("reporting_currency = 'EUR'\n")
    file.chmod(0o644)
    assert [line.state for line in look_at_secrets(settings)] == [State.OK]
    file.write_text("[alerts]\nurls = ['json://user:hidden@127.0.0.1']\n")
    [line] = look_at_secrets(settings)
    assert (line.state, line.do) == (State.BAD, f"chmod 600 {file}")
    assert "hidden" not in str(line)


def test_too_little_room_says_how_much_is_needed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [line.state for line in look_at_disk(settings)] == [State.OK]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**12, 10**12, 10**9))
    [line] = look_at_disk(settings)
    assert line.state is State.BAD
    assert "0.9 GiB free of the 2.0" in line.found
    assert "keep_releases" in line.do


def test_large_releases_need_more_room(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "LEAST_FREE_BYTES", 0)
    (settings.releases / "2026").mkdir()
    with (settings.releases / "2026" / "warehouse.duckdb").open("wb") as file:
        file.truncate(folders.GIB)  # takes no room
    [line] = look_at_disk(settings)
    assert "that should be" in line.found
    assert "of the 3.0" in line.found


def test_an_inbox_that_is_missing_closed_or_open_to_all_is_named(settings: Settings) -> None:
    (settings.inbox / "a.csv").write_text("x")
    assert [line.state for line in look_at_inbox(settings)] == [State.OK]

    settings.inbox.chmod(0o777)
    assert [line.do for line in look_at_inbox(settings) if line.state is State.BAD] == [f"chmod o-w {settings.inbox}"]
    settings.inbox.chmod(0o000)
    [line] = without_rights(look_at_inbox, settings)
    settings.inbox.chmod(0o755)
    assert "cannot be read by this user" in line.found
    (settings.inbox / "a.csv").chmod(0o000)
    [line] = without_rights(look_at_inbox, settings)
    assert "1 files in" in line.found
    assert line.state is State.BAD

    (settings.inbox / "a.csv").unlink()
    settings.inbox.rmdir()
    [line] = look_at_inbox(settings)
    assert (line.state, "is not there" in line.found) == (State.BAD, True)
