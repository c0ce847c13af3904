"""The way back: which releases there are, and making another one live."""

from pathlib import Path

import pytest
from releases import publish_numbers, settings_of

from pipelines.errors import UserError
from pipelines.release.history import current_id, current_manifest, list_releases, rollback


def test_rollback_and_forward_again(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first, second = publish_numbers(settings, 2)
    rollback(settings, first.release_id)
    assert current_id(settings) == first.release_id
    rollback(settings, second.release_id[-8:])
    assert current_id(settings) == second.release_id
    assert [release.is_current for release in list_releases(settings)] == [True, False]


@pytest.mark.parametrize("wanted", ["2026", "no-such-release", ""])
def test_rollback_to_no_single_release_is_refused_and_names_those_there_are(tmp_path: Path, wanted: str) -> None:
    settings = settings_of(tmp_path)
    _, second = publish_numbers(settings, 2)
    with pytest.raises(UserError, match=second.release_id):
        rollback(settings, wanted)
    assert current_id(settings) == second.release_id


def test_rollback_to_a_damaged_warehouse_is_refused(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first, second = publish_numbers(settings, 2)
    warehouse = settings.releases / first.release_id / "warehouse.duckdb"
    warehouse.chmod(0o644)
    with warehouse.open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"x")
    with pytest.raises(UserError, match="not the file that was published"):
        rollback(settings, first.release_id)
    assert current_id(settings) == second.release_id


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    publish_numbers(settings, 1)
    (settings.current / "manifest.json").chmod(0o644)
    (settings.current / "manifest.json").write_text("{")
    with pytest.raises(UserError, match=r"manifest\.json"):
        current_manifest(settings)


def test_a_home_without_releases_has_none(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert (list_releases(settings), current_id(settings), current_manifest(settings)) == ([], None, None)


def test_a_home_can_be_moved(tmp_path: Path) -> None:
    (manifest,) = publish_numbers(settings_of(tmp_path / "old"), 1)
    moved = settings_of((tmp_path / "old").rename(tmp_path / "new"))
    assert current_manifest(moved) == manifest
