"""Runs the nightly job in this process, on the home's own instance: what `tenure refresh` does."""

import contextlib
import logging
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.audit.expectations import ExpectationsProcess
from pipelines.defs.run import RefreshRun, Reporter
from pipelines.release.lock import refresh_lock
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

if TYPE_CHECKING:
    from dagster import DagsterInstance

LOCATION = "tenure"  # the name in workspace.yaml: puts the run on the job's page in the UI


def refresh(
    settings: Settings,
    reporter: Reporter,
    is_forced: bool = False,
    instance: "DagsterInstance | None" = None,
    expectations: ExpectationsProcess | None = None,
) -> RefreshRun:
    """Land, build, audit, publish. Returns the run when it published, or found nothing new.

    `instance`: where Dagster records the run, `expectations`: a warm child process. The home's own instance and a new
    child, unless a caller that refreshes many homes brings others.

    Raises LockHeld, Blocked, UserError, or whatever a step raised; the live release then stays as it was.
    """
    own = ExpectationsProcess() if expectations is None else contextlib.nullcontext(expectations)
    with refresh_lock(settings), own as child:
        reporter.started("start")
        run = RefreshRun(settings, str(uuid.uuid4()), reporter, child, is_forced)
        _execute(run, instance)
        return run


def _execute(run: RefreshRun, instance: "DagsterInstance | None") -> None:
    from pipelines.defs.assemble import build_definitions
    from pipelines.defs.instance import open_instance
    from pipelines.defs.jobs import JOB

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with instance or open_instance(run.settings) as recorder:
        job = build_definitions(run.settings, run).resolve_job_def(JOB)
        result = job.execute_in_process(
            instance=recorder,
            run_id=run.run_id,
            raise_on_error=False,
            tags={".dagster/repository": f"__repository__@{LOCATION}"},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if run.failure is not None:
        raise run.failure
    if not result.success:
        raise RuntimeError("; ".join(_reasons(result)) or "the job failed without saying why")


def _reasons(result: "ExecuteInProcessResult") -> Iterator[str]:
    """What ended the job, innermost first: for a failure outside of any step's own work."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            yield error.message.strip() if error else str(event.message)
