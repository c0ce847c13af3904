"""The one resource of the graph: the run. Its first step takes the home's lock; it is let go when the run ends."""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.dead_runs import process_tags
from pipelines.defs.notify import notify
from pipelines.defs.postgres_copy import catch_up
from pipelines.defs.run import RefreshRun, Reporter, SilentReporter
from pipelines.defs.workers import Workers
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
        if context.instance and context.run_id:
            context.instance.add_run_tags(context.run_id, process_tags())
        with Workers() as workers:
            run = RefreshRun(settings, str(context.run_id), reporter, workers, is_patient=True)
            try:
                yield run
            finally:
                catch_up(run)
                run.release_lock()
        notify(run)

    return refresh_run
