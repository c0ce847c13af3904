"""Runs a backfill in this process, one Dagster run a month: what `tenure backfill` does."""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.defs.dead_runs import fail_dead_runs
from pipelines.defs.refresh import QUIET, reasons_of, tags_of_this_process
from pipelines.defs.run import RefreshRun, Reporter
from pipelines.defs.workers import Workers
from pipelines.errors import UserError
from pipelines.release.backfills import read_backfill
from pipelines.release.manifest import Manifest
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance


@dataclass(frozen=True)
class MonthDone:
    """What became of one month; `error` where it could not be rebuilt."""

    month: dt.date
    path: Path | None = None
    manifest: Manifest | None = None
    error: BaseException | None = None


def backfill(
    settings: Settings,
    reporter: Reporter,
    first: dt.date,
    last: dt.date,
    is_forced: bool = False,
    instance: "DagsterInstance | None" = None,
) -> list[MonthDone]:
    """Rebuild the months from `first` to `last` (first days of months), one after the other, under the home's lock.

    A month that a check keeps back does not keep back the others. Raises UserError for months that are not complete or
    not in order, LockHeld.
    """
    from pipelines.defs.assemble import build_definitions
    from pipelines.defs.backfill import months_of
    from pipelines.defs.instance import open_instance
    from pipelines.defs.jobs import BACKFILL_JOB

    keys = _keys(months_of(settings).get_partition_keys(), first, last)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with Workers() as workers, instance or open_instance(settings) as recorder:
        run = RefreshRun(settings, "", reporter, workers, is_forced)
        run.take_lock()
        try:
            workers.builder.warm_up()
            fail_dead_runs(recorder)
            job = build_definitions(settings, run).resolve_job_def(BACKFILL_JOB)
            done = []
            for key in keys:
                run.failure, run.seconds = None, {}
                reporter.started("start")
                result = job.execute_in_process(
                    instance=recorder,
                    run_id=str(uuid.uuid4()),
                    partition_key=key,
                    raise_on_error=False,
                    tags=tags_of_this_process(),
                    run_config=QUIET,
                )
                failure = run.failure or (None if result.success else RuntimeError("; ".join(reasons_of(result))))
                done.append(_done(settings, key, failure))
                reporter.finished("backfill", sum(run.seconds.values()), key)
        finally:
            run.release_lock()
    return done


def _done(settings: Settings, key: str, failure: BaseException | None) -> MonthDone:
    month = dt.date.fromisoformat(f"{key}-01")
    found = None if failure else read_backfill(settings, month)
    return MonthDone(month, found.path, found.manifest) if found else MonthDone(month, error=failure)


def _keys(known: Sequence[str], first: dt.date, last: dt.date) -> list[str]:
    if first > last:
        raise UserError(
            f"{first:%Y-%m} is after {last:%Y-%m}", done="nothing was built", do="--from is the earlier month"
        )
    wanted = [key for key in known if f"{first:%Y-%m}" <= key <= f"{last:%Y-%m}"]
    missing = [f"{month:%Y-%m}" for month in (first, last) if f"{month:%Y-%m}" not in wanted]
    if missing:
        raise UserError(
            f"no complete month: {', '.join(missing)}", done="nothing was built",
            do=f"choose months from {known[0]} to {known[-1]}",
        )  # fmt: skip
    return wanted
