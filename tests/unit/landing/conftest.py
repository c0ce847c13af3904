"""Fixtures of the landing tests."""

from pathlib import Path

import pytest
from homes import Home

SHARED = Path("/work/shared")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    root = tmp_path / "home"
    (root / "inbox").mkdir(parents=True)
    return Home(root)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's specifications and sample files, where they are at hand."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not on this machine: samples and golden cases are not part of the repository")
    return SHARED
