"""The audit's page: for people, without addresses, and without a network."""

import datetime as dt
from pathlib import Path

import duckdb

from pipelines.audit.checks import Check, Severity
from pipelines.audit.report import verdict, write_report

GOOD = Check(suite="dbt", name="rows_add_up", severity=Severity.BLOCK, passed=True)
ODD = Check(suite="anomalies", name="nrr", severity=Severity.BLOCK, passed=False, message="NRR <b>", acceptable=True)
SLOW = Check(suite="anomalies", name="late", severity=Severity.WARN, passed=False, message="late")


def test_the_verdict_counts_what_people_ask_for() -> None:
    assert verdict([GOOD]) == "1 of 1 checks passed."
    assert verdict([GOOD, SLOW]) == "1 of 2 checks passed; 1 warned."
    assert verdict([GOOD, ODD]) == "Not published: 1 of 2 checks failed."


def test_the_page_needs_no_network_and_shows_no_address(tmp_path: Path) -> None:
    (tmp_path / "audit" / "data_docs").mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("create schema ops")
        connection.execute("""create table ops.load_files as select 'stripe' as source, 'invoices' as entity,
            'i.json' as file_name, 12 as rows_read, 10 as rows_landed, 1 as rows_duplicate, 1 as rows_quarantined""")
        connection.execute("""create table ops.quarantine as select 'contacts' as entity,
            'email ''ann.person@example.com'' is unknown' as reason""")
        page = write_report(connection, tmp_path / "audit", "r1", dt.date(2026, 3, 31), [GOOD, ODD, SLOW]).read_text()
    assert "ann.person" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "NRR &lt;b&gt;" in page
    assert "anomalies: 0 of 2 passed" in page
    assert 'href="data_docs/index.html"' in page
