"""A home that may publish, and a database of its own to publish to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.publishing.releases import PEOPLE
from tests.postgres import PostgresServer
from tests.postgres_home import (
    VARIABLE,
    database_of_publisher,
    make_login,
    url_of_publisher,
    write_access,
    write_settings,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_settings(tmp_path / "home")
    write_access(tmp_path / "home", PEOPLE)
    return tmp_path / "home"


@pytest.fixture
def database(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = database_of_publisher(postgres)
    for login, (role, _) in PEOPLE.items():
        make_login(postgres, login, f"tenure_{role}")
    monkeypatch.setenv(VARIABLE, url_of_publisher(postgres, name))
    yield name
