"""What the gates write into the build: `ops.checks`, `ops.acceptances`, `ops.publications`, `ops.restatements`.

These tables are about the run, so no model can hold them; everything else in `ops` comes from dbt.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from pipelines.audit.checks import Acceptance, Check

if TYPE_CHECKING:
    import duckdb

DDL = """
create schema if not exists ops;
create or replace table ops.checks (
    run_id varchar not null, suite varchar not null, check_name varchar not null, severity varchar not null,
    passed boolean not null, observed varchar, message varchar, is_acceptable boolean not null,
    is_accepted boolean not null
);
create or replace table ops.acceptances (
    publication_id varchar not null, check_name varchar not null, observed varchar, reason varchar not null,
    accepted_by varchar not null, accepted_at timestamp not null, fingerprint varchar not null
);
create or replace table ops.publications (
    publication_id varchar not null, published_at timestamp not null, as_of_on date not null,
    code_version varchar not null, inputs_sha256 varchar not null, run_id varchar not null
);
comment on table ops.checks is 'Grain: run, check. What the gates asked of this release, and what they found.';
comment on table ops.acceptances is 'Grain: publication, check. Who published over which failed check, and why.';
comment on table ops.publications is 'Grain: publication. Every release this home ever published, this one last.';
"""


# The comparison of releases fills it before the checks are written (pipelines.release.restatements).
RESTATEMENTS_DDL = """
create table if not exists ops.restatements (
    publication_id varchar not null, month date not null, metric varchar not null, segment varchar not null,
    segment_value varchar not null, old_value decimal(28, 8), new_value decimal(28, 8), cause varchar,
    client_id varchar, client_effect decimal(28, 8)
);
comment on table ops.restatements is 'Grain: publication, month, metric, segment, segment_value, client, cause.';
"""


class Publication(BaseModel):
    """One row of `ops.publications`; `publication_id` is the release's id, `published_at` is UTC."""

    model_config = ConfigDict(frozen=True)

    publication_id: str
    published_at: dt.datetime
    as_of_on: dt.date
    code_version: str
    inputs_sha256: str
    run_id: str


def record(
    connection: "duckdb.DuckDBPyConnection",
    run_id: str,
    checks: Sequence[Check],
    publications: Sequence[Publication],
    acceptances: Sequence[Acceptance] = (),
) -> None:
    """Write all tables; again with the same arguments leaves the same tables."""
    record_decision(connection, run_id, checks, publications, acceptances)
    connection.execute(RESTATEMENTS_DDL)


def record_decision(
    connection: "duckdb.DuckDBPyConnection",
    run_id: str,
    checks: Sequence[Check],
    publications: Sequence[Publication],
    acceptances: Sequence[Acceptance],
) -> None:
    """Write what a person's acceptance changes: checks, acceptances, publications."""
    connection.execute(DDL)
    _insert(
        connection,
        "ops.checks",
        [
            (
                *(run_id, c.suite, c.name, c.severity.value, c.passed, c.observed, c.message),
                *(c.acceptable, c.acceptance is not None),
            )
            for c in checks
        ],
    )
    _insert(
        connection,
        "ops.acceptances",
        [
            (a.publication_id, a.check, a.observed, a.reason, a.accepted_by, _as_utc(a.accepted_at), a.fingerprint)
            for a in acceptances
        ],
    )
    _insert(
        connection,
        "ops.publications",
        [
            (p.publication_id, _as_utc(p.published_at), p.as_of_on, p.code_version, p.inputs_sha256, p.run_id)
            for p in publications
        ],
    )


def _insert(connection: "duckdb.DuckDBPyConnection", table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into {table} values ({marks})", rows)


def _as_utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
