"""The copies of what others deliver are what they delivered."""

import filecmp
import os
from pathlib import Path

import pytest

from pipelines.settings import PROJECT_ROOT

HERE = Path(__file__).parent
SHARED = PROJECT_ROOT.parent / "shared"


def files_of(folder: Path) -> list[Path]:
    """All files below a folder, relative to it."""
    return sorted(
        Path(root).relative_to(folder) / name
        for root, _, names in os.walk(folder)
        if "__pycache__" not in root
        for name in names
    )


@pytest.fixture
def shared() -> Path:
    if not SHARED.exists():
        pytest.skip(f"the origin of the copies ({SHARED}) is not on this machine")
    return SHARED


def test_the_cases_and_their_checker_are_those_delivered(shared: Path) -> None:
    delivered = files_of(shared / "golden")
    assert delivered
    assert not [name for name in delivered if not filecmp.cmp(shared / "golden" / name, HERE / name, shallow=False)]


@pytest.mark.parametrize("page", ["metric-book.md", "templates.md"])
def test_the_pages_are_those_delivered(shared: Path, page: str) -> None:
    assert filecmp.cmp(shared / page, PROJECT_ROOT / "docs" / page, shallow=False)
