"""A small demo company, written once for all tests of the room."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.demo import DemoSummary, write_demo

END = dt.date(2026, 10, 31)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    inbox: Path = tmp_path_factory.mktemp("demo") / "inbox"
    return write_demo(inbox, END, seed=7, clients=60)
