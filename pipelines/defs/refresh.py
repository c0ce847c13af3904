"""Runs the nightly job in this process, on the home's own instance: what `tenure refresh` does."""

import contextlib
import logging
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.defs.dead_runs import fail_dead_runs, process_tags
from pipelines.defs.notify import notify
from pipelines.defs.postgres_copy import catch_up
from pipelines.defs.run import RefreshRun, Reporter
from pipelines.defs.workers import Workers
from pipelines.release.lock import refresh_lock
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult

LOCATION = "tenure"  # the name in workspace.yaml: puts the run on the job's page in the UI
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def refresh(
    settings: Settings,
    reporter: Reporter,
    is_forced: bool = False,
    instance: "DagsterInstance | None" = None,
    workers: Workers | None = None,
) -> RefreshRun:
    """Land, build, audit, publish. Returns the run when it published, or found nothing new.

    `instance`: where Dagster records the run, `workers`: warm child processes. The home's own instance and new
    children, unless a caller that refreshes many homes brings others.

    Raises LockHeld, Blocked, UserError, or whatever a step raised; the live release then stays as it was.
    """
    own = Workers() if workers is None else contextlib.nullcontext(workers)
    run: RefreshRun | None = None
    try:
        with refresh_lock(settings), own as children:
            run = RefreshRun(settings, str(uuid.uuid4()), reporter, children, is_forced)
            children.builder.warm_up()
            reporter.started("start")
            try:
                _execute(run, instance)
                catch_up(run)
            finally:
                run.release_lock()
    except Exception as error:
        if run is not None:
            notify(run, error)
        raise
    notify(run)
    return run


def tags_of_this_process() -> dict[str, str]:
    """Tags of a run that this process executes itself."""
    return {".dagster/repository": f"__repository__@{LOCATION}", **process_tags()}


def _execute(run: RefreshRun, instance: "DagsterInstance | None") -> None:
    from pipelines.defs.assemble import build_definitions
    from pipelines.defs.instance import open_instance
    from pipelines.defs.jobs import JOB

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with instance or open_instance(run.settings) as recorder:
        fail_dead_runs(recorder)
        job = build_definitions(run.settings, run).resolve_job_def(JOB)
        result = job.execute_in_process(
            instance=recorder,
            run_id=run.run_id,
            raise_on_error=False,
            tags=tags_of_this_process(),
            run_config=QUIET,
        )
    if run.failure is not None:
        raise run.failure
    if not result.success:
        raise RuntimeError("; ".join(reasons_of(result)) or "the job failed without saying why")


def reasons_of(result: "ExecuteInProcessResult") -> Iterator[str]:
    """What ended the job, innermost first: for a failure outside of any step's own work."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            yield error.message.strip() if error else str(event.message)
