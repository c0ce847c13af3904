"""One small company with every system, built whole: what the metrics stand in, and dbt's project beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.serving.release import Release, open_release
from tests.builds import built


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("s_random", tmp_path_factory.mktemp("metrics"))


@pytest.fixture(scope="session")
def release(folder: Path) -> Iterator[Release]:
    with open_release(folder) as opened:
        yield opened
