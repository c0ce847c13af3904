"""The golden cases through the real pipeline, each in a home of its own; all share this process and one manifest.

`tests/golden/check.py` and the cases are copies of what the independent calculation delivered; a test compares them
with their origin where that exists.
"""

import filecmp
import io
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import pytest
from dagster import DagsterInstance

from pipelines.audit.expectations import ExpectationsProcess
from pipelines.defs.refresh import refresh
from pipelines.defs.run import SilentReporter
from pipelines.errors import UserError
from pipelines.settings import PROJECT_ROOT, load_settings
from tests.golden import check

HERE = Path(__file__).parent
SHARED = PROJECT_ROOT.parent / "shared"
CASES = sorted(path.parent for path in HERE.glob("*/case.toml"))
# Cases that the project does not pass yet, each with the reason; the list is meant to stay empty.
OPEN: dict[str, str] = {}


@pytest.fixture(scope="session")
def expectations() -> Iterator[ExpectationsProcess]:
    with ExpectationsProcess() as child:
        yield child


def refresh_in_process(expectations: ExpectationsProcess, inbox: Path, home: Path, as_of: str) -> tuple[int, str]:
    """What the command does, without starting a process: exit status and message."""
    try:
        settings = load_settings(home, inbox=inbox, as_of=str(as_of))
        refresh(settings, SilentReporter(), instance=DagsterInstance.ephemeral(), expectations=expectations)
    except UserError as error:
        return error.exit_status, str(error)
    return 0, ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case: Path, tmp_path: Path, expectations: ExpectationsProcess) -> None:
    if case.name in OPEN:
        pytest.xfail(OPEN[case.name])
    home = tmp_path / "home"
    home.mkdir()
    with redirect_stdout(io.StringIO()):
        problems = check.check_case(
            case, partial(refresh_in_process, expectations), home, tmp_path / "inbox", True, 5, 900
        )
    assert not problems, "\n".join(problems)


def test_there_are_cases() -> None:
    assert len(CASES) >= 25


def _files(folder: Path) -> list[Path]:
    return sorted(
        Path(root).relative_to(folder) / name
        for root, folders, names in os.walk(folder)
        if "__pycache__" not in root
        for name in names
    )


def test_the_cases_are_the_ones_that_were_delivered() -> None:
    if not SHARED.exists():
        pytest.skip(f"the origin of the cases ({SHARED}) is not on this machine")
    delivered = _files(SHARED / "golden")
    differing = [name for name in delivered if not filecmp.cmp(SHARED / "golden" / name, HERE / name, shallow=False)]
    assert not differing
    assert filecmp.cmp(SHARED / "metric-book.md", PROJECT_ROOT / "docs" / "metric-book.md", shallow=False)
