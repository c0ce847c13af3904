"""A small published home for the tests of alerts: two hand-made releases with just the tables that a digest reads."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb

from pipelines.audit.record import Publication
from pipelines.engine import CONFIG
from pipelines.release.identity import Identity
from pipelines.release.manifest import Manifest
from pipelines.release.publish import publish, seal
from pipelines.settings import Settings

TODAY = dt.datetime.now(dt.UTC)
YESTERDAY = TODAY.date() - dt.timedelta(days=1)
HEADLINE: dict[str, Any] = {
    "reporting_currency": "USD", "month": "2026-10-01", "clients": 252, "arr_cc": "74964778.00", "nrr_cc": 1.065,
    "nrr_reported": 1.058, "grr_cc": 0.934, "logo_churn_rate": 0.065,
}  # fmt: skip
TABLES = """
    create schema marts;
    create schema ops;
    create schema staging;
    create schema intermediate;
    create table ops.checks (suite varchar, check_name varchar, passed boolean, observed varchar, message varchar);
    create table ops.quarantine (source varchar, entity varchar, file_name varchar, line_number bigint,
        reason varchar, load_seq bigint, refused_by varchar, raw varchar);
    create table staging.stg_accounts as from (values ('a1', 'ACME, Inc.')) as t(account_id, name);
    create table intermediate.int_fx_rates__cc as from (values ('USD', 1::decimal(28, 10))) as t(currency, rate);
    create table marts.dim_clients as from (values ('c1', 'Blue <!channel> Ltd'), ('c2', 'Zebra')) as
        t(client_id, client_name);
    create table marts.fct_renewals as from (values
        ('k1', 'c1', date '2026-12-01', 120000.00::decimal(18, 2), 'late'),
        ('k2', 'c2', date '2027-02-01', null, 'open_now'), ('k3', 'c2', date '2026-12-24', 5.00, 'covered')) as
        t(contract_id, client_id, ends_on, value_cc, renewal_status);
    create table marts.fct_qbrs as from (values ('c1', date '2026-07-01', true, false),
        ('c2', date '2026-07-01', true, true), ('c2', date '2026-04-01', true, false)) as
        t(client_id, quarter_start, is_due, is_completed);
    create table marts.rpt_action_registry as from (values (7::bigint, 2::bigint, 81::bigint), (1, 0, 12)) as
        t(open_items, open_over_60d, oldest_open_days);
"""
INVOICE = json.dumps({"invoice_id": "i1", "currency": "USD", "_account_key": "Jane Doe", "_account_name": "Jane Doe"})
LINE = json.dumps({"line_id": "l1", "invoice_id": "i1", "amount": 1234.5})

NOBODY = "no account for xero customer Jane Doe, 'Jane Doe'"
QUARANTINED = [
    ("xero", "invoices", "s.csv", 1, NOBODY, 1, "reference", INVOICE),
    ("xero", "invoice_lines", "s.csv", 2, "invoice 'i1' is in quarantine", 1, "reference", LINE),
    ("delighted", "nps_responses", "n.csv", 3, "score '11' of 'jane@example.com' is no score", 1, "format", ""),
]


def settings_of(home: Path, **alerts: Any) -> Settings:
    return Settings(home=home, as_of=YESTERDAY, alerts={"retries": 0, "retry_wait_seconds": 0, **alerts})


def published(settings: Settings) -> list[Manifest]:
    """Two releases, the day before yesterday's and yesterday's; the second landed one more file."""
    _ledger(settings)
    first = _publish(settings, 1, {**HEADLINE, "arr_cc": "74000000.00"}, {"00000001-a": "x"}, [])
    return [first, _publish(settings, 2, HEADLINE, {"00000001-a": "x", "00000002-b": "y"}, first.publications)]


def _publish(
    settings: Settings, number: int, headline: dict[str, Any], inputs: dict[str, str], log: list[Publication]
) -> Manifest:
    at = (TODAY - dt.timedelta(days=2 - number)).replace(microsecond=0)
    as_of_on = at.date() - dt.timedelta(days=1)
    build_dir = settings.builds / f"run-{number}"
    build_dir.mkdir(parents=True)
    with duckdb.connect(str(build_dir / "warehouse.duckdb"), config=CONFIG) as connection:
        connection.execute(TABLES)
        connection.execute("insert into ops.checks values ('anomalies', 'late_sources', false, '', 'jira is late')")
        connection.executemany(
            "insert into ops.quarantine values (?, ?, ?, ?, ?, ?, ?, ?)",
            QUARANTINED,
        )
    this = Publication(
        publication_id=f"release-{number}", published_at=at, as_of_on=as_of_on, code_version="abc",
        inputs_sha256="i", run_id=f"run-{number}",
    )  # fmt: skip
    identity = Identity(
        as_of_on=as_of_on.isoformat(), code_version="abc", code_sha256="c", lock_sha256="l", policy_sha256="p",
        settings_sha256="s", inputs=inputs,
    )  # fmt: skip
    manifest = Manifest(
        release_id=this.publication_id, sequence=number, published_at=at, run_id=this.run_id, identity=identity,
        fingerprint=identity.fingerprint, warehouse_sha256=seal(build_dir), row_counts={}, headline=headline,
        checks={}, publications=[*log, this],
    )  # fmt: skip
    publish(settings, build_dir, manifest)
    return manifest


def _ledger(settings: Settings) -> None:
    folder = settings.lake / "_ledger"
    folder.mkdir(parents=True)
    for load_id, source, rows in (("00000001-a", "salesforce", 10), ("00000002-b", "stripe", 1200)):
        entry = {"load_id": load_id, "source": source, "entities": {"invoices": {"rows_read": rows}}}
        (folder / f"{load_id}.json").write_text(json.dumps(entry))
