"""The live release -> the labelled snapshot of a closed month: what `tenure close` does, as an asset."""

import datetime as dt
from typing import Any

import dagster as dg

from pipelines.defs.jobs import CLOSED_MONTH, POOL
from pipelines.defs.release import CURRENT
from pipelines.defs.run import RefreshRun, utc_now
from pipelines.release.restatements.closes import close_month

BY = "schedule month_end"


class CloseConfig(dg.Config):
    """`month` as YYYY-MM. `label`: what this close is called; by default the month, marked as automatic."""

    month: str
    label: str = ""


def closed_month_asset() -> dg.AssetsDefinition:
    """The snapshot of one month. It is never changed; a month is closed again under another label."""

    @dg.asset(key=CLOSED_MONTH, deps=[CURRENT], group_name="release", kinds={"parquet"}, pool=POOL)
    def close(config: CloseConfig, run: dg.ResourceParam[RefreshRun]) -> dg.MaterializeResult:
        """Figures and scorecards of a closed month as people were told and paid by; never changed."""
        month = dt.date.fromisoformat(f"{config.month}-01")
        label = config.label or automatic_label(month)
        folder = close_month(run.settings, month, label, utc_now(), BY)
        return dg.MaterializeResult(
            metadata={"month": config.month, "label": label, "path": dg.MetadataValue.path(folder)}
        )

    return close


def automatic_label(month: dt.date) -> str:
    """Such as `2026-09 (automatic)`."""
    return f"{month:%Y-%m} (automatic)"


def run_config_of(month: dt.date) -> dict[str, Any]:
    """What a run of the job must be told to close this month."""
    return {"ops": {CLOSED_MONTH.to_python_identifier(): {"config": {"month": f"{month:%Y-%m}"}}}}
