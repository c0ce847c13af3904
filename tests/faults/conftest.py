"""What the fault tests share: a refresher that stays warm, a home with yesterday's release, and measured figures."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.promises import FIGURES, read_figures
from tests.small_company import write_inbox
from tests.warm import Refresher, warm_refresher

RECORD = "RECORD_FIGURES"  # set by `make promises`: a usual run leaves the work tree as it is
FAILED: set[str] = set()


@pytest.fixture(scope="session")
def nightly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refresher]:
    """Refreshes homes in this process."""
    with warm_refresher(tmp_path_factory.mktemp("dagster")) as refresher:
        yield refresher


@pytest.fixture(scope="session")
def yesterday(tmp_path_factory: pytest.TempPathFactory, nightly: Refresher) -> Path:
    """The small company's home with one release. Only to be copied."""
    home = tmp_path_factory.mktemp("yesterday") / "home"
    write_inbox(home)
    first = nightly(home)
    assert first.status == 0, first.message
    return home


@pytest.fixture
def home(yesterday: Path, tmp_path: Path) -> Path:
    """A home with yesterday's release, where nothing is new."""
    return shutil.copytree(yesterday, tmp_path / "home", symlinks=True)


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keeps the figure a test measured for docs/promises.md, where RECORD_FIGURES is set.

    A test of several cases has one figure, and none where a case failed.
    """
    test_id = _test_id(request.node)
    return lambda figure: _record(test_id, figure) if test_id not in FAILED else None


def pytest_exception_interact(node: pytest.Item) -> None:
    """A test that failed has measured nothing."""
    FAILED.add(_test_id(node))
    _record(_test_id(node), None)


def _test_id(node: pytest.Item) -> str:
    return node.nodeid.split("[")[0]


def _record(test_id: str, figure: str | None) -> None:
    if RECORD in os.environ:
        with FileLock(Path(tempfile.gettempdir()) / "tenure-figures.lock"):
            figures = {**read_figures(), test_id: figure}
            kept = {name: text for name, text in figures.items() if text is not None}
            FIGURES.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")
