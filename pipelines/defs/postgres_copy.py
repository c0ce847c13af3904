"""The live release -> its copy in PostgreSQL, where one is configured. What fails here undoes and blocks nothing.

A copy that failed is told (an alert, a warning of the run, a failed check of the asset), and made by the next run, also
by one that finds nothing new.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.alerts.events import copy_alert
from pipelines.alerts.sent import tell_once
from pipelines.audit.checks import Check, Severity
from pipelines.defs.jobs import POOL
from pipelines.defs.release import CURRENT
from pipelines.defs.run import RefreshRun
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.postgres.publish import Outcome

COPY = dg.AssetKey(["release", "postgres"])
CHECK = "is_current"
STEP = "postgres"


def copy_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The step after the release; none where no PostgreSQL is configured."""
    if not settings.postgres.is_configured:
        return []

    @dg.asset(
        key=COPY,
        deps=[CURRENT],
        group_name="release",
        kinds={"postgres"},
        pool=POOL,
        output_required=False,
        check_specs=[dg.AssetCheckSpec(CHECK, asset=COPY)],
    )
    def release_postgres(run: dg.ResourceParam[RefreshRun]) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        """The copy of the live release in PostgreSQL: all of it in one transaction, or the one before."""
        outcome = copy_release(run)
        found = run.checks[-1].finding if outcome is None else outcome.summary
        result = dg.AssetCheckResult(
            check_name=CHECK,
            asset_key=COPY,
            passed=outcome is not None,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"found": found},
        )
        if outcome is None:
            yield result
        else:
            yield dg.MaterializeResult(
                asset_key=COPY,
                metadata={"release": outcome.release_id, "rows": outcome.rows, "tables": outcome.tables},
                check_results=[result],
            )

    return [release_postgres]


def copy_release(run: RefreshRun) -> "Outcome | None":
    """Copy what is live now; None where that failed, which is told, or where nothing is configured. Never raises."""
    if not run.settings.postgres.is_configured:
        return None
    from pipelines.postgres.publish import publish

    outcome, begun = None, time.perf_counter()
    run.reporter.started(STEP)
    try:
        outcome = publish(run.settings)
        found = "; ".join([outcome.summary, *outcome.notes])
    except Exception as error:  # whatever it is, the release is live and stays so
        run.checks.append(_warning(error))
        tell_once(run.settings, copy_alert(run.settings, run.run_id, error))
        found = f"not done: {run.checks[-1].finding}"
    run.reporter.finished(STEP, time.perf_counter() - begun, found)
    return outcome


def catch_up(run: RefreshRun) -> None:
    """In a run that makes no release because nothing is new: what PostgreSQL missed before. Never raises."""
    if run.is_nothing_new:
        copy_release(run)


def _warning(error: Exception) -> Check:
    what = error.what if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return Check(
        suite=STEP,
        name=CHECK,
        severity=Severity.WARN,
        passed=False,
        message=what.splitlines()[0],
        meaning="PostgreSQL does not have the live release; its readers see the one before",
    )
