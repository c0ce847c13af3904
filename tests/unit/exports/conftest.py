"""A home with two releases of the seven clients, each with its exports, and an export of the live one elsewhere."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from pipelines.exports.write import write_exports
from pipelines.release.manifest import EXPORTS, Manifest, file_records
from pipelines.release.publish import publish, seal
from pipelines.serving.release import open_release
from pipelines.settings import Settings
from tests.unit.exports.seven_clients import MANAGERS, META, NAMES, meta_of, write_warehouse
from tests.unit.release.releases import make_manifest

PEOPLE = ('login = "Ann"\nrole = "am"\nam_id = "am1"', 'login = "New"\nrole = "am"\nam_id = "am/9"')


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Only to be read."""
    home = tmp_path_factory.mktemp("exports") / "home"
    settings = Settings(home=home, as_of=META.as_of_on)
    log: list[Manifest] = []
    for number in (1, 2):
        build_dir = settings.builds / f"run-{number}"
        build_dir.mkdir(parents=True)
        write_warehouse(build_dir / "warehouse.duckdb")
        manifest = make_manifest(number, seal(build_dir), log[-1].publications if log else [])
        write_exports(partial(open_release, build_dir), build_dir / EXPORTS, meta_of(manifest), MANAGERS)
        own = {"exports": file_records(build_dir / EXPORTS), "row_counts": {"marts.dim_clients": len(NAMES)}}
        log.append(manifest.model_copy(update=own))
        publish(settings, build_dir, log[-1])
    (home / "access.toml").write_text("".join(f"[[people]]\n{person}\n" for person in PEOPLE))
    return home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "home", symlinks=True))


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, as_of=META.as_of_on)


@pytest.fixture(scope="session")
def out(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the live release in a folder of their own, with a manifest. Only to be read."""
    folder = tmp_path_factory.mktemp("out")
    written = write_exports(partial(open_release, published / "current"), folder, META, MANAGERS)
    assert not written.left_out
    assert sorted(written.paths) == sorted(path for path in folder.rglob("*") if path.is_file())
    return folder
