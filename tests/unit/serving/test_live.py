"""The release of a long-running process: it follows `current`, never mixes two, and holds nothing older open."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.serving import live as live_module
from pipelines.serving.live import LiveRelease
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.serving.release import Release
from pipelines.settings import Settings, load_settings

ANN = Principal("Ann", Role.ACCOUNT_MANAGER, frozenset({"am1"}))
NUMBERS = "select release_number, client_id from marts.dim_clients order by client_id"


def write_release(settings: Settings, number: int) -> Path:
    """A release that says its number in the manifest and in every row."""
    folder = settings.releases / f"r{number}"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute(f"""create table marts.dim_clients as
            select {number} as release_number, 'c' || i as client_id, 'am' || i as am_id from range(1, 4) as t(i)""")
    (folder / "manifest.json").write_text(f'{{"release_id": "r{number}"}}', encoding="utf-8")
    return folder


def point(settings: Settings, number: int) -> None:
    """What publishing does: another link takes the place of `current`."""
    draft = settings.home / "current.new"
    draft.symlink_to(f"releases/r{number}")
    draft.replace(settings.current)


def numbers(release: Release) -> set[int]:
    return set(release.rows(NUMBERS)["release_number"])


def open_warehouses(home: Path) -> list[str]:
    """The releases' names of every warehouse file of the home that this process has open, deleted ones as well."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(descriptor.readlink())
        except OSError:
            continue
    return sorted(
        {link.parent.name for link in links if link.is_relative_to(home) and link.name.startswith("warehouse.duckdb")}
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = load_settings(tmp_path)
    write_release(made, 1)
    write_release(made, 2)
    point(made, 1)
    return made


@pytest.fixture
def live(settings: Settings) -> Iterator[LiveRelease]:
    opened = LiveRelease(settings, max_principals=3)
    yield opened
    opened.close()
    assert open_warehouses(settings.home) == []


@pytest.mark.parametrize("principal", [LEADERSHIP, ANN], ids=lambda principal: principal.name)
def test_a_reading_stays_what_it_was_and_the_next_one_is_new(
    live: LiveRelease, settings: Settings, principal: Principal
) -> None:
    with live.reading(principal) as old:
        point(settings, 2)
        assert live.release_id == "r2"
        with live.reading(principal) as new:
            assert (numbers(new), new.manifest["release_id"]) == ({2}, "r2")
            assert (numbers(old), old.manifest["release_id"]) == ({1}, "r1")
            assert open_warehouses(settings.home) == ["r1", "r2"]
    assert open_warehouses(settings.home) == ["r2"]
    assert live.manifest == {"release_id": "r2"}


def test_a_rollback_is_followed_too(live: LiveRelease, settings: Settings) -> None:
    for number in (1, 2, 1):
        point(settings, number)
        with live.reading() as release:
            assert numbers(release) == {number}
    assert open_warehouses(settings.home) == ["r1"]


def test_each_reader_sees_their_own_rows(live: LiveRelease) -> None:
    for principal, clients in ((LEADERSHIP, ["c1", "c2", "c3"]), (ANN, ["c1"]), (LEADERSHIP, ["c1", "c2", "c3"])):
        with live.reading(principal) as release:
            assert release.rows(NUMBERS)["client_id"].to_list() == clients


def test_an_idle_process_lets_go_of_the_old_release_when_it_is_asked_to_follow(
    live: LiveRelease, settings: Settings
) -> None:
    with live.reading(ANN), live.reading():
        pass
    point(settings, 2)
    assert open_warehouses(settings.home) == ["r1"]
    live.follow()
    assert open_warehouses(settings.home) == []


def test_a_release_whose_last_reading_ends_after_the_swap_is_closed_with_it(
    live: LiveRelease, settings: Settings
) -> None:
    with live.reading():
        point(settings, 2)
    assert open_warehouses(settings.home) == []


def test_the_database_stays_open_between_readings_and_only_as_many_as_allowed(
    live: LiveRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = live_module.open_release
    monkeypatch.setattr(
        live_module, "open_release", lambda path, principal: opened.append(principal.name) or real(path, principal)
    )
    readers = [Principal(f"p{number}", Role.ACCOUNT_MANAGER, frozenset({"am1"})) for number in range(4)]
    for reader in [*readers[:3], *readers[:3], readers[3], readers[1], readers[0]]:
        with live.reading(reader):
            pass
    assert opened == ["p0", "p1", "p2", "p3", "p0"]


def test_more_readers_at_once_than_stay_open_are_all_served(live: LiveRelease) -> None:
    with ExitStack() as stack:
        for number in range(5):
            principal = Principal(f"p{number}", Role.ACCOUNT_MANAGER, frozenset({f"am{number}"}))
            assert stack.enter_context(live.reading(principal)).rows(NUMBERS).height == (number in {1, 2, 3})


def test_an_erased_release_is_opened_anew_once_its_readers_are_gone(
    live: LiveRelease, settings: Settings, tmp_path: Path
) -> None:
    """Erasing a person puts another file in the place of a kept one; DuckDB alone would go on serving the old one."""
    warehouse = settings.releases / "r1" / "warehouse.duckdb"
    shutil.copy(settings.releases / "r2" / "warehouse.duckdb", tmp_path / "without")
    seen: list[set[int]] = []

    def read() -> None:
        with live.reading() as release:
            seen.append(numbers(release))

    with live.reading() as release:
        (tmp_path / "without").replace(warehouse)
        waiting = threading.Thread(target=read)
        waiting.start()
        waiting.join(0.2)
        assert seen == []
        assert numbers(release) == {1}
    waiting.join(10)
    assert seen == [{2}]


def test_who_waits_too_long_for_an_erased_release_is_told(
    live: LiveRelease, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "PATIENCE", 0.05)
    shutil.copy(settings.releases / "r2" / "warehouse.duckdb", tmp_path / "without")
    with live.reading():
        (tmp_path / "without").replace(settings.releases / "r1" / "warehouse.duckdb")
        with pytest.raises(UserError, match="being replaced"), live.reading():
            pass


def test_a_failed_opening_is_said_and_the_next_reading_tries_again(live: LiveRelease, settings: Settings) -> None:
    settings.current.unlink()
    for _ in range(2):
        with pytest.raises(UserError, match="no published release"), live.reading():
            pass
    point(settings, 2)
    (settings.releases / "r2" / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="manifest"), live.reading():
        pass
    assert open_warehouses(settings.home) == []
    point(settings, 1)
    with live.reading() as release:
        assert numbers(release) == {1}


def test_an_error_inside_a_reading_gives_the_release_back(live: LiveRelease, settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), live.reading() as release:
        assert 1 / (numbers(release) - {1} == {1})
    point(settings, 2)
    live.follow()
    assert open_warehouses(settings.home) == []


def test_threads_never_see_two_releases_in_one_reading(live: LiveRelease, settings: Settings) -> None:
    is_over = threading.Event()

    def read(principal: Principal) -> set[str]:
        seen = set()
        while not is_over.is_set():
            with live.reading(principal) as release:
                first, named, last = numbers(release), release.manifest["release_id"], numbers(release)
                assert first == last == {int(named[1:])}
                seen.add(named)
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, principal) for principal in (LEADERSHIP, ANN, LEADERSHIP, ANN)]
        for swap in range(20):
            point(settings, 1 + swap % 2)
            is_over.wait(0.03)
        is_over.set()
        for reader in readers:
            assert reader.result(timeout=30) <= {"r1", "r2"}
    with live.reading():
        assert open_warehouses(settings.home) == ["r2"]
