"""What the trust page asks of a release: sources, checks, findings, quarantine, restatements, acceptances, the score.

A reader who does not see everything has not all of these tables, or not all of their columns; what is missing is None.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.dashboards.pages.overview_rows import TrustRows, read_trust

if TYPE_CHECKING:
    import polars as pl

    from pipelines.dashboards.pages.context import Context

SOURCES = """
    select source, count(distinct entity) as entities, min(loaded_at) as first_at, max(loaded_at) as last_at,
        sum(rows_read)::bigint as rows_read, sum(rows_quarantined)::bigint as rows_quarantined
    from ops.load_files
    group by source
    order by last_at, source
"""
CHECKS = """
    select suite, check_name, severity, passed, is_accepted, message
    from ops.checks
    where run_id = (select max_by(run_id, rowid) from ops.checks)
    order by passed, is_accepted, severity, suite, check_name
"""
CHECKS_OF_A_VIEW = CHECKS.replace("where run_id = (select max_by(run_id, rowid) from ops.checks)", "")
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
class TrustPageRows:
    """The rows behind the trust page; None where the reader may not see them."""

    trust: TrustRows
    sources: pl.DataFrame
    checks: pl.DataFrame
    publications: pl.DataFrame
    findings: pl.DataFrame | None
    quarantine: pl.DataFrame | None
    restatements: pl.DataFrame | None
    acceptances: pl.DataFrame | None
    calibration: pl.DataFrame | None


def read_trust_page(context: Context) -> TrustPageRows:
    """All rows of the trust page."""

    def rows(table: str, sql: str, *params: object) -> pl.DataFrame | None:
        schema, name = table.split(".")
        return context.release.rows(sql, params) if context.release.has_table(schema, name) else None

    month = context.month or dt.date(1900, 1, 1)
    everything = context.principal.sees_all_clients
    return TrustPageRows(
        trust=read_trust(context.release),
        sources=context.release.rows(SOURCES),
        checks=context.release.rows(CHECKS if everything else CHECKS_OF_A_VIEW),
        publications=context.release.rows(PUBLICATIONS),
        findings=rows("ops.findings", FINDINGS),
        quarantine=rows("ops.quarantine", QUARANTINE),
        restatements=rows("ops.restatements", RESTATEMENTS),
        acceptances=rows("ops.acceptances", ACCEPTANCES),
        calibration=rows("marts.rpt_health_calibration", CALIBRATION, month),
    )
