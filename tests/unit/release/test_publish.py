"""A release is complete, read-only and swapped in by one step, wherever a run dies."""

import os
from pathlib import Path

import duckdb
import pytest
from releases import make_build, make_manifest, publish_numbers, settings_of

from pipelines.audit.gate import BLOCKED_MARK
from pipelines.release.history import current_id, list_releases
from pipelines.release.publish import publish, remove_dead_builds, remove_old_releases, seal

STEPS = ["freeze", "move", "swap"]


class Died(Exception):
    """Stands for the power cut."""


def dies_at(step: str):
    def reached(name: str) -> None:
        if name == step:
            raise Died(name)

    return reached


def test_a_sealed_warehouse_has_no_wal_and_cannot_be_written(tmp_path: Path) -> None:
    build_dir = make_build(settings_of(tmp_path), 1)
    seal(build_dir)
    assert not (build_dir / "warehouse.duckdb.wal").exists()
    assert (build_dir / "warehouse.duckdb").stat().st_mode & 0o777 == 0o444


def test_a_release_holds_what_readers_need_and_no_scratch(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (manifest,) = publish_numbers(settings, 1)
    found = {path.name for path in settings.current.iterdir()}
    assert found == {"warehouse.duckdb", "manifest.json", "dashboard"}
    assert {path.stat().st_mode & 0o777 for path in settings.current.rglob("*") if path.is_file()} == {0o444}
    assert settings.current.readlink() == Path("releases") / manifest.release_id
    assert not list(settings.builds.iterdir())


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_while_publishing_leaves_the_release_before_live(tmp_path: Path, step: str) -> None:
    settings = settings_of(tmp_path)
    (live,) = publish_numbers(settings, 1)
    build_dir = make_build(settings, 2)
    manifest = make_manifest(2, seal(build_dir), live.publications)
    with pytest.raises(Died):
        publish(settings, build_dir, manifest, dies_at(step))
    assert current_id(settings) == live.release_id
    with duckdb.connect(str(settings.current / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select client_id from marts.dim_clients").fetchall() == [(1,)]
    assert all(release.manifest.release_id == release.release_id for release in list_releases(settings))


def test_a_leftover_temporary_link_does_not_stop_the_next_swap(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    tmp_path.joinpath(f".current.{os.getpid()}.tmp").symlink_to("nowhere")
    (manifest,) = publish_numbers(settings, 1)
    assert current_id(settings) == manifest.release_id


def test_the_newest_releases_stay_and_the_live_one_whatever_its_age(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, keep_releases=2)
    made = publish_numbers(settings, 4)
    oldest = made[0].release_id
    settings.current.unlink()
    settings.current.symlink_to(Path("releases") / oldest)
    assert remove_old_releases(settings) == [made[1].release_id]
    assert [release.release_id for release in list_releases(settings)] == [
        made[3].release_id,
        made[2].release_id,
        oldest,
    ]


def test_leftovers_of_dead_runs_go_and_the_newest_blocked_build_stays(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for number in (1, 2, 3):
        make_build(settings, number)
    (settings.builds / ".trash-old").mkdir()
    for number in (1, 2):
        mark = settings.builds / f"run-{number}" / BLOCKED_MARK
        mark.write_text("blocked")
        os.utime(mark, (number, number))
    assert sorted(remove_dead_builds(settings)) == [".trash-old", "run-1", "run-3"]
    assert [path.name for path in settings.builds.iterdir()] == ["run-2"]
