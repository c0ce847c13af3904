"""The end of a run, told to those who want to know: called once by whoever ran it, `tenure refresh` or Dagster."""

import time
from collections.abc import Iterator

from pipelines.alerts.delivery import summary
from pipelines.alerts.events import blocked_alert, failure_alert, late_alert, restatement_alert
from pipelines.alerts.message import Alert
from pipelines.alerts.sent import tell_once
from pipelines.audit.checks import blocking
from pipelines.defs.run import RefreshRun
from pipelines.errors import Blocked, LockHeld
from pipelines.settings import yesterday

STEP = "alert"


def notify(run: RefreshRun, error: Exception | None = None) -> None:
    """Tell what the run's end calls for, each event once. Never raises: what was decided about the data stands.

    `error`: what ended the run, where no step of it knows. What arrived where goes to the run's reporter.
    """
    if not run.settings.alerts.urls:
        return
    begun = time.perf_counter()
    try:
        told = [(alert, tell_once(run.settings, alert)) for alert in alerts_of(run, run.failure or error)]
        lines = [f"{alert.kind}: {summary(outcomes)}" for alert, outcomes in told if outcomes]
    except Exception as failure:
        lines = [f"no alert could be sent: {type(failure).__name__}"]
    if lines:
        run.reporter.started(STEP)
        run.reporter.finished(STEP, time.perf_counter() - begun, "; ".join(lines))


def alerts_of(run: RefreshRun, failure: BaseException | None) -> Iterator[Alert]:
    """The alerts of a run that ended so; none for one that found another at work, for that one tells."""
    if isinstance(failure, LockHeld):
        return
    is_block_told = isinstance(failure, Blocked) and "block" in run.settings.alerts.on
    if isinstance(failure, Blocked):
        yield blocked_alert(run.settings, run.run_id, failure)
    elif failure is not None:
        yield failure_alert(run.settings, run.run_id, failure, list(run.seconds))
    is_of_today = run.settings.as_of >= yesterday(run.settings.company_time_zone)
    late = late_alert(run.settings, run.checks) if is_of_today else None  # an older day's sources are not late now
    # A build that was not published restated nothing; where a restatement stopped it, the block tells.
    moved = run.checks if failure is None else blocking(run.checks) if isinstance(failure, Blocked) else []
    restated = None if is_block_told else restatement_alert(run.settings, run.run_id, moved)
    yield from (alert for alert in (late, restated) if alert)
