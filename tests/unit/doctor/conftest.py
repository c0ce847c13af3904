"""A home in good order, with landed files, two releases and a run history; each test gets a copy to spoil."""

import os
import shutil
from pathlib import Path

import pytest

from pipelines.defs.instance import open_instance
from pipelines.landing import land
from pipelines.settings import Settings
from tests.small_company import write_inbox
from tests.unit.release.releases import publish_numbers


@pytest.fixture(scope="session")
def good_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("doctor") / "home"
    write_inbox(home, users_2="user_id,name\n,Nameless\n")  # one row goes into quarantine
    for path in (home / "inbox").iterdir():
        os.utime(path, (1e9, 1e9))  # an old file needs no second look, which takes time
    settings = Settings(home=home)
    land(settings, "run")
    publish_numbers(settings, 2)
    before = os.environ.get("DAGSTER_HOME")
    with open_instance(settings):
        pass
    os.environ["DAGSTER_HOME"] = before or ""
    return home


@pytest.fixture
def home(good_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good_home, tmp_path / "home", symlinks=True))


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)
