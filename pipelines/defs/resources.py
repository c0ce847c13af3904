"""The one resource of the graph: the run, with the home's lock held from the first step to the last."""

from collections.abc import Iterator

import dagster as dg

from pipelines.audit.expectations import ExpectationsProcess
from pipelines.defs.run import RefreshRun, Reporter, SilentReporter
from pipelines.release.lock import refresh_lock
from pipelines.settings import Settings


class LogReporter:
    """Writes progress to Dagster's log: what a run started by the schedule or the UI uses."""

    def __init__(self, log: dg.DagsterLogManager) -> None:
        self._log = log

    def started(self, step: str) -> None:
        self._log.info(f"{step}: started")

    def finished(self, step: str, seconds: float, found: str) -> None:
        self._log.info(f"{step}: {seconds:.1f} s; {found}")


def run_resource(settings: Settings) -> dg.ResourceDefinition:
    """A fresh run a job run, of one home. The steps share it, because they share a process."""

    @dg.resource(description="One refresh: settings, build directory, lock, and what the steps found.")
    def refresh_run(context: dg.InitResourceContext) -> Iterator[RefreshRun]:
        reporter: Reporter = LogReporter(context.log) if context.log else SilentReporter()
        with refresh_lock(settings), ExpectationsProcess() as expectations:
            yield RefreshRun(settings, str(context.run_id), reporter, expectations)

    return refresh_run
