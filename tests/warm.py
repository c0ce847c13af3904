"""Refreshes in this process, with child processes that stay warm: what the command does, in a third of its time."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster import DagsterInstance

from pipelines.defs.instance import open_instance
from pipelines.defs.refresh import refresh
from pipelines.defs.run import RefreshRun, Reporter, SilentReporter
from pipelines.defs.workers import Workers
from pipelines.errors import UserError
from pipelines.settings import load_settings
from tests.small_company import AS_OF


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended: its exit status, what it said where it failed, and the run where it did not."""

    status: int
    message: str = ""
    run: RefreshRun | None = None


@dataclass(frozen=True)
class Refresher:
    """Refreshes any home. `workers` and `instance` are shared by all of them."""

    workers: Workers
    instance: DagsterInstance

    def __call__(
        self, home: Path, as_of: str = AS_OF, reporter: Reporter | None = None, is_forced: bool = False
    ) -> Outcome:
        settings = load_settings(home, as_of=as_of)
        try:
            run = refresh(settings, reporter or SilentReporter(), is_forced, self.instance, self.workers)
        except UserError as error:
            return Outcome(error.exit_status, str(error))
        except Exception as error:  # as the command line does: status 1, and the reason
            return Outcome(1, f"{type(error).__name__}: {error}")
        return Outcome(0, run=run)


@contextlib.contextmanager
def warm_refresher(folder: Path) -> Iterator[Refresher]:
    """A refresher whose Dagster instance is in `folder`."""
    with Workers() as workers, open_instance(load_settings(folder)) as instance:
        yield Refresher(workers, instance)
