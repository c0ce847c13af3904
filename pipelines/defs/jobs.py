"""The jobs: which assets each makes, and how long it may take. When they run stands in `schedules` and `sensors`."""

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

JOB = "nightly_refresh"
CLOSE_JOB = "month_end_close"
BACKFILL_JOB = "backfill"
# One writer at a time: every step that writes below the home is in this pool, and dagster.yaml gives it one run.
POOL = "home"
TIMEOUT_TAG = "dagster/max_runtime"  # seconds; kept by the daemon's run monitoring
PRIORITY_TAG = "dagster/priority"

BACKFILL = dg.AssetKey(["backfill", "release"])
CLOSED_MONTH = dg.AssetKey(["release", "closed_month"])


def nightly_job(settings: Settings) -> "UnresolvedAssetJobDefinition":
    """Everything from the inbox to the live release, in one process."""
    return _job(
        JOB,
        dg.AssetSelection.all() - dg.AssetSelection.assets(BACKFILL, CLOSED_MONTH),
        settings,
        "Everything from the inbox to the live release, in one process.",
        priority=10,  # before the months of a backfill that wait in the queue
    )


def close_job(settings: Settings) -> "UnresolvedAssetJobDefinition":
    """Keeps the labelled snapshot of the month that ended."""
    text = "Keeps the figures and scorecards of the month that ended, as the live release has them, for good."
    return _job(CLOSE_JOB, dg.AssetSelection.assets(CLOSED_MONTH), settings, text, priority=5)


def backfill_job(settings: Settings) -> "UnresolvedAssetJobDefinition":
    """Rebuilds one past month."""
    text = "Rebuilds the warehouse as of the last day of a month, from what is in the lake today; `current` stays."
    return _job(BACKFILL_JOB, dg.AssetSelection.assets(BACKFILL), settings, text, priority=0)


def _job(
    name: str, selection: dg.AssetSelection, settings: Settings, description: str, priority: int
) -> "UnresolvedAssetJobDefinition":
    return dg.define_asset_job(
        name,
        selection=selection,
        executor_def=dg.in_process_executor,
        description=description,
        tags={TIMEOUT_TAG: str(settings.run_timeout_minutes * 60), PRIORITY_TAG: str(priority)},
    )
