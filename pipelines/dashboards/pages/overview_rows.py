"""What the overview asks of a release: company-level marts and the accounting of rows. Queries only.

Amounts stay Decimal, rates come as DOUBLE fractions of 1.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.dashboards.policy import Bands, retention_bands
from pipelines.dashboards.wording import add_months
from pipelines.serving.release import Release

if TYPE_CHECKING:
    import polars as pl

WINDOW_MONTHS = 12
QUARTER_MONTHS = 3

WATERFALL = """
    select month, basis, start_arr, new_arr, reactivation_arr, expansion_arr, contraction_arr, churn_arr,
        transfer_arr, fx_effect, end_arr
    from marts.rpt_arr_waterfall
    where segment = 'company'
    order by month, basis
"""

RETENTION = """
    select month, clients_start, clients_churned, start_arr_cc, nrr_cc::double as nrr_cc, grr_cc::double as grr_cc,
        nrr_reported::double as nrr_reported, grr_reported::double as grr_reported,
        fx_effect_pp::double as fx_effect_pp, logo_churn_rate::double as logo_churn_rate,
        expansion_rate::double as expansion_rate
    from marts.rpt_retention
    where segment = 'company' and window_months = ?
    order by month
"""

MOVEMENTS = """
    select movements.month, movements.client_id, clients.client_name, movements.movement_type, movements.change_cc,
        managers.am_name
    from marts.fct_arr_movements as movements
    left join marts.dim_clients as clients on clients.client_id = movements.client_id
    left join marts.dim_account_managers as managers on managers.am_id = movements.am_id
    where movements.month >= ? and movements.change_cc <> 0
    order by abs(movements.change_cc) desc, movements.month desc, movements.client_id
"""

CHURN = """
    select churn_category as category, count(distinct client_id) as clients, sum(churned_arr_cc) as churned_arr
    from marts.fct_churn
    where month >= ?
    group by churn_category
    order by churned_arr desc, category
"""

FILES = """
    select source, entity, count(distinct file_name) as files, max(loaded_at) as loaded_at,
        sum(rows_read)::bigint as rows_read, sum(rows_landed)::bigint as rows_landed,
        sum(rows_duplicate)::bigint as rows_duplicate, sum(rows_quarantined)::bigint as rows_quarantined
    from ops.load_files
    group by source, entity
    order by rows_quarantined desc, rows_read desc, source, entity
"""

FILE_COUNT = "select count(distinct file_name) as files from ops.load_files"

CHECKS = """
    select count(*) as checks, count(*) filter (where not passed) as failed
    from ops.checks
    where run_id = (select max_by(run_id, rowid) from ops.checks)
"""

LATE = "select message from ops.checks where check_name = 'late_sources' and not passed"


@dataclass(frozen=True)
class OverviewRows:
    """The rows behind the overview, as of its last complete month (None where there is no revenue yet).

    `late`: the systems that have sent nothing for long, one sentence each.
    """

    month: dt.date | None
    waterfall: pl.DataFrame
    retention: pl.DataFrame
    movements: pl.DataFrame
    churn: pl.DataFrame
    files: pl.DataFrame
    file_count: int
    checks: tuple[int, int] | None
    bands: dict[str, Bands]
    late: tuple[str, ...] = ()


def read_overview(release: Release) -> OverviewRows:
    """All rows of the overview from one release."""
    waterfall = release.rows(WATERFALL)
    month: dt.date | None = None if waterfall.is_empty() else waterfall["month"].to_list()[-1]
    newest = month or dt.date(9999, 12, 1)  # no month: no rows
    last_day = add_months(newest, 1) - dt.timedelta(days=1) if month else newest
    return OverviewRows(
        month=month,
        waterfall=waterfall,
        retention=release.rows(RETENTION, [WINDOW_MONTHS]),
        movements=release.rows(MOVEMENTS, [add_months(newest, 1 - QUARTER_MONTHS)]),
        churn=release.rows(CHURN, [add_months(newest, 1 - WINDOW_MONTHS)]),
        files=release.rows(FILES),
        file_count=release.rows(FILE_COUNT).item(),
        checks=_checks(release),
        bands=retention_bands(release, last_day),
        late=_late(release),
    )


def _checks(release: Release) -> tuple[int, int] | None:
    """Checks of the release's run and how many of them failed; None where none are recorded."""
    if not release.has_table("ops", "checks"):
        return None
    checks, failed = release.rows(CHECKS).row(0)
    return (checks, failed) if checks else None


def _late(release: Release) -> tuple[str, ...]:
    """What the audit's check `late_sources` found."""
    if not release.has_table("ops", "checks"):
        return ()
    return tuple(part for (message,) in release.rows(LATE).rows() for part in (message or "").split("; ") if part)
