"""Runs golden cases through the real pipeline: what the two test modules of this folder share.

Each case has a home of its own; all cases of a process share the parsed manifest, a Dagster instance and the process
that holds Great Expectations, as a start of each costs more than a case.
"""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import pytest
from dagster import DagsterInstance

from pipelines.defs.instance import open_instance
from pipelines.defs.refresh import refresh
from pipelines.defs.run import SilentReporter
from pipelines.defs.workers import Workers
from pipelines.errors import UserError
from pipelines.settings import ExportSettings, load_settings
from tests.golden import check

HERE = Path(__file__).parent


def cases(prefix: str) -> list[Path]:
    """The folders of the cases whose names begin so."""
    return sorted(path.parent for path in HERE.glob(f"{prefix}*/case.toml"))


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    with Workers() as child:
        yield child


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterInstance]:
    with open_instance(load_settings(tmp_path_factory.mktemp("dagster"))) as recorder:
        yield recorder


def problems_of(case: Path, tmp_path: Path, workers: Workers, instance: DagsterInstance) -> list[str]:
    """What differs from what is expected, as lines; empty where all is well."""
    home = tmp_path / "home"
    home.mkdir()
    command = partial(refresh_in_process, workers, instance)
    with redirect_stdout(io.StringIO()):
        return check.check_case(case, command, home, tmp_path / "inbox", True, 5, 900)


def refresh_in_process(
    workers: Workers, instance: DagsterInstance, inbox: Path, home: Path, as_of: str
) -> tuple[int, str]:
    """What the command does, without starting a process: exit status and message. Nobody opens the exports here."""
    try:
        settings = load_settings(home, inbox=inbox, as_of=str(as_of))
        settings = settings.model_copy(update={"exports": ExportSettings(kinds=frozenset())})
        refresh(settings, SilentReporter(), instance=instance, workers=workers)
    except UserError as error:
        return error.exit_status, str(error)
    return 0, ""
