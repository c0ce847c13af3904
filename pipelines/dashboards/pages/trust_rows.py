"""What the trust page and the trust strip of the overview ask of a release: rows, checks, doubts, what changed later.

A reader who does not see everything has not all of these tables, or not all of their columns; what is missing is None.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from pipelines.dashboards.pages.context import Context
    from pipelines.serving.release import Release

FILES = """
    select source, entity, count(distinct file_name) as files, max(loaded_at) as loaded_at,
        sum(rows_read)::bigint as rows_read, sum(rows_landed)::bigint as rows_landed,
        sum(rows_duplicate)::bigint as rows_duplicate, sum(rows_quarantined)::bigint as rows_quarantined
    from ops.load_files
    group by source, entity
    order by rows_quarantined desc, rows_read desc, source, entity
"""

FILE_COUNT = "select count(distinct file_name) as files from ops.load_files"

SOURCES = """
    select source, max(loaded_at) as last_at, sum(rows_read)::bigint as rows_read,
        sum(rows_quarantined)::bigint as rows_quarantined
    from ops.load_files
    group by source
    order by last_at, source
"""
CHECKS = """
    select suite, check_name, severity, passed, is_accepted, message
    from ops.checks
    where run_id = (
        select max_by(run_id, position)
        from (select run_id, row_number() over () as position from ops.checks) as in_order
    )
    order by passed, is_accepted, severity, suite, check_name
"""
LATE = "late_sources"
FINDINGS = """
    select code, entity, message, affected_rows, amount_local
    from ops.findings
    order by amount_local desc nulls last, affected_rows desc, code, message
"""
QUARANTINE = """
    select source, entity, reason, count(*) as refused, min(file_name) as file_name, min(line_number) as line_number
    from ops.quarantine
    group by all
    order by refused desc, source, entity, reason
"""
RESTATEMENTS = """
    select published.published_at, restated.month, restated.metric, restated.segment, restated.segment_value,
        any_value(restated.old_value) as old_value, any_value(restated.new_value) as new_value,
        string_agg(distinct restated.cause, ', ' order by restated.cause) as causes,
        count(distinct restated.client_id) as clients
    from ops.restatements as restated
    join ops.publications as published using (publication_id)
    where restated.segment = 'company' or restated.segment = 'am'
    group by published.published_at, restated.month, restated.metric, restated.segment, restated.segment_value
    order by published.published_at desc, restated.month desc, restated.metric, restated.segment_value
    limit 60
"""
ACCEPTANCES = """
    select check_name, observed, reason, accepted_by, accepted_at
    from ops.acceptances
    order by accepted_at desc, check_name
"""
PUBLICATIONS = "select publication_id, published_at, as_of_on from ops.publications order by published_at desc limit 14"
CALIBRATION = """
    select measure, bucket, clients, lost_clients, loss_rate::double as loss_rate, auc::double as auc
    from marts.rpt_health_calibration
    where month = ? and measure in ('health_band', 'health_score')
    order by loss_rate desc
"""


@dataclass(frozen=True)
class TrustRows:
    """The accounting of rows by source and entity, the number of files, and the checks of the release's run."""

    files: pl.DataFrame
    file_count: int
    checks: pl.DataFrame | None

    @property
    def tally(self) -> tuple[int, int] | None:
        """How many checks were asked and how many failed; None where none are recorded."""
        if self.checks is None or self.checks.is_empty():
            return None
        return self.checks.height, self.checks.height - int(self.checks["passed"].sum())

    @property
    def late(self) -> tuple[str, ...]:
        """The systems that have sent nothing for long, one sentence each; none for those who do not see messages."""
        rows = [] if self.checks is None else self.checks.to_dicts()
        messages = (row["message"] or "" for row in rows if row["check_name"] == LATE and not row["passed"])
        return tuple(part for message in messages for part in message.split("; ") if part)


@dataclass(frozen=True)
class TrustPageRows:
    """The rows behind the trust page; None where the reader may not see them."""

    trust: TrustRows
    sources: pl.DataFrame
    publications: pl.DataFrame
    findings: pl.DataFrame | None
    quarantine: pl.DataFrame | None
    restatements: pl.DataFrame | None
    acceptances: pl.DataFrame | None
    calibration: pl.DataFrame | None


def read_trust(release: Release) -> TrustRows:
    """Files, rows and checks of the release."""
    checks = release.rows(CHECKS) if release.has_table("ops", "checks") else None
    return TrustRows(release.rows(FILES), release.rows(FILE_COUNT).item(), checks)


def read_trust_page(context: Context) -> TrustPageRows:
    """All rows of the trust page."""

    def rows(table: str, sql: str, *params: object) -> pl.DataFrame | None:
        schema, name = table.split(".")
        return context.release.rows(sql, params) if context.release.has_table(schema, name) else None

    month = context.month or dt.date(1900, 1, 1)
    return TrustPageRows(
        trust=read_trust(context.release),
        sources=context.release.rows(SOURCES),
        publications=context.release.rows(PUBLICATIONS),
        findings=rows("ops.findings", FINDINGS),
        quarantine=rows("ops.quarantine", QUARANTINE),
        restatements=rows("ops.restatements", RESTATEMENTS),
        acceptances=rows("ops.acceptances", ACCEPTANCES),
        calibration=rows("marts.rpt_health_calibration", CALIBRATION, month),
    )
