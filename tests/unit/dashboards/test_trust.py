"""The trust page names what failed, what was set aside, what changed later, and whether the score predicts anything."""

import datetime as dt

import pytest

from pipelines.dashboards.pages import definitions, trust
from pipelines.dashboards.pages.context import Context, Units
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.view import Page, Panel
from pipelines.explain.catalogue import METRICS
from pipelines.explain.entries import catalogue
from pipelines.serving.principal import LEADERSHIP

UNITS = Units("USD", dt.date(2025, 12, 31))
MORE = """
create table ops.publications as select * from (values
    ('r-1', timestamp '2026-07-02 03:00', date '2026-06-30'), ('r-2', timestamp '2026-07-03 03:00', date '2026-06-30')
) as t(publication_id, published_at, as_of_on);
create table ops.findings as select * from (values
    ('unmapped_product', 'invoice_lines', 'product ''X'' is in no mapping', 18, 43200.00),
    ('late', 'files', 'a file is late', null, null)
) as t(code, entity, message, affected_rows, amount_local);
create table ops.quarantine as select * from (values
    ('stripe', 'invoices', 'i.json', 3, 'no account'), ('stripe', 'invoices', 'i.json', 7, 'no account'),
    ('template', 'accounts', 'a.csv', 2, 'no id')
) as t(source, entity, file_name, line_number, reason);
create table ops.restatements as select * from (values
    ('r-2', date '2026-04-01', 'nrr_cc', 'company', 'all', 1.05, 1.04, 'late_invoice', 'c1'),
    ('r-2', date '2026-04-01', 'nrr_cc', 'company', 'all', 1.05, 1.04, 'credit_note', 'c2'),
    ('r-2', date '2026-04-01', 'arr_cc', 'company', 'all', 5000000, 5200000, 'late_invoice', 'c1')
) as t(publication_id, month, metric, segment, segment_value, old_value, new_value, cause, client_id);
create table ops.acceptances as select 'source_rows' as check_name, '-80 %' as observed, 'a client moved' as reason,
    'ann' as accepted_by, timestamp '2026-07-02 09:30' as accepted_at;
create table marts.rpt_health_calibration as select *, date '2026-06-01' as month from (values
    ('health_band', 'red', 10, 4, 0.4, null), ('health_band', 'green', 50, 2, 0.04, null),
    ('health_score', 'all', 60, 6, 0.1, 0.75)
) as t(measure, bucket, clients, lost_clients, loss_rate, auc);
update ops.checks set message = 'three rows too many' where not passed;
insert into ops.checks values ('r1', 'anomalies', 'source_rows', 'block', false, true, 'far fewer rows');
"""


def built(release) -> Page:
    return trust.build(Context(release, Question(), UNITS, LEADERSHIP, dt.date(2026, 7, 3)))


@pytest.fixture
def page(company) -> Page:
    return built(company(MORE))


def panel(page: Page, key: str) -> Panel:
    return next(each for each in page.panels if each.key == key)


def texts(page: Page, key: str) -> list[list[str]]:
    table = panel(page, key).table
    assert table is not None
    return [[cell.text for cell in row] for row in (*table.rows, table.total) if row]


def test_the_headline_counts_what_failed_and_was_not_accepted(page: Page) -> None:
    assert page.headline == "1 check of 21 failed. 2 doubts about the data are listed below."


def test_failed_checks_come_first_and_accepted_ones_say_so(page: Page) -> None:
    assert texts(page, "checks")[:3] == [
        ["c0", "failed", "three rows too many"],
        ["source rows", "accepted", "far fewer rows"],
        ["Keys, relations and book identities", "passed", "all 19 of them"],
    ]
    assert panel(page, "checks").title == "2 checks failed."


def test_rows_set_aside_are_summed_by_reason(page: Page) -> None:
    assert panel(page, "quarantine").title == "3 rows are in quarantine, for 2 reasons."
    assert texts(page, "quarantine") == [
        ["stripe invoices", "no account", "2", "i.json, line 3"],
        ["template accounts", "no id", "1", "a.csv, line 2"],
        ["Total", "", "3", ""],
    ]


def test_doubts_come_by_the_money_at_stake(page: Page) -> None:
    assert [row[0] for row in texts(page, "findings")] == ["Unmapped product", "Late"]
    assert [row[2] for row in texts(page, "findings")] == ["18", ""]


def test_a_restatement_is_one_row_with_all_its_causes(page: Page) -> None:
    rows = [[cell.replace("\u202f", " ") for cell in row] for row in texts(page, "restatements")]
    assert rows == [
        ["Apr 26", "ARR, constant currency", "company", "5.0 m", "5.2 m", "late invoice", "1"],
        [
            "Apr 26",
            "Net revenue retention, constant currency",
            "company",
            "105.0 %",
            "104.0 %",
            "credit note, late invoice",
            "2",
        ],
    ]


def test_whether_the_score_predicts_is_said(page: Page) -> None:
    found = panel(page, "calibration")
    assert found.title.replace("\u202f", " ") == (
        "40.0 % of red clients lost ARR, 4.0 % of green ones: the score tells them apart."
    )
    assert "75.0" in found.remark and found.figure is not None


def test_a_score_that_does_not_predict_is_not_praised(company) -> None:
    other = built(company(MORE.replace("'green', 50, 2, 0.04", "'green', 50, 30, 0.6")))
    assert panel(other, "calibration").title.endswith("the score did not tell them apart.")


def test_the_newest_release_is_named_first(page: Page) -> None:
    assert [row[0] for row in texts(page, "releases")] == ["r-2", "r-1"]


def test_every_metric_is_defined_once_and_leads_to_its_explanation(company) -> None:
    page = definitions.build(Context(company(), Question(), UNITS, LEADERSHIP, dt.date(2026, 7, 3)))
    rows = [row for each in page.panels if each.table for row in each.table.rows]
    assert sorted(row[-1].text.split(" in ")[0] for row in rows) == sorted(catalogue().entries)
    assert sorted(row[0].href.removeprefix("/explain/") for row in rows if row[0].href) == sorted(METRICS)
