"""What a home looks like after something went wrong: what is live, and whether it is whole."""

from pathlib import Path

from pipelines.release.files import sha256_of_file
from pipelines.release.manifest import changed_exports, read_manifest
from pipelines.serving.release import open_release


def live(home: Path) -> str:
    """The id of the live release."""
    return (home / "current").readlink().name


def assert_whole(home: Path, clients: int = 2) -> None:
    """The live release can be read, and its warehouse and exports are the very files that were published."""
    manifest = read_manifest(home / "current")
    assert manifest.release_id == live(home)
    assert sha256_of_file(home / "current" / "warehouse.duckdb") == manifest.warehouse_sha256
    assert (home / "current" / "dashboard" / "index.html").stat().st_size > 10_000
    assert changed_exports(home / "current", manifest) == []
    with open_release(home / "current") as release:
        assert release.rows("select count(*) as clients from marts.dim_clients").item() == clients


def assert_tidy(home: Path) -> None:
    """Nothing of a dead run is left."""
    assert not list((home / "builds").iterdir())
    assert not [path for path in (home / "lake").rglob(".tmp-*") if path.is_file()]
    assert not list(home.glob(".current*"))
