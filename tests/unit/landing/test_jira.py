"""Jira's CSV export. The samples were made by hand to the documented headers; the shared one is a real export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from homes import Home

from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext, no_mapping
from pipelines.landing.connectors.jira import CONNECTOR
from pipelines.landing.connectors.jira.dates import with_month_numbers

CASE = Path(__file__).parents[2] / "samples" / "jira" / "case"
FIRST, SECOND = CASE / "jira_1.csv", CASE / "jira_0.csv"
HEADER = "Summary,Issue key,Issue id,Project key,Priority,Created,Resolved"


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, map_values=no_mapping, zone: str = "UTC", **settings: Any) -> dict[str, Extract]:
    found = CONNECTOR.read(incoming(path), SourceContext(settings, "USD", zone, map_values))
    return {extract.entity: extract for extract in found}


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "issues.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def ids(found: dict[str, Extract]) -> tuple[list[str], list[str]]:
    return (
        found["support_tickets"].rows["ticket_id"].to_list(),
        found["escalations"].rows["escalation_id"].to_list(),
    )


def test_a_real_export_is_recognised_and_all_its_issues_land(shared: Path, home: Home):
    path = shared / "samples" / "jira" / "testJiraIssueExport.csv"
    assert CONNECTOR.recognise(incoming(path))
    home.put(path.name, path.read_bytes())
    receipt = home.land()
    assert (receipt.total("rows_read"), receipt.total("rows_landed"), home.quarantine()) == (4, 4, [])
    rows = home.rows("support_tickets").select("ticket_id", pl.col("opened_at").cast(pl.String), "_line_number")
    assert rows.row(2) == ("SMRGR-2643", "2020-03-04 09:03:00.000000", 4)
    assert rows["_line_number"].to_list() == [2, 3, 4, 16]


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b'"', b"a,b\nX-1,2", b"issue key,summary\n", b"[]"])
def test_other_content_is_not_claimed(content: bytes, tmp_path: Path):
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    assert CONNECTOR.recognise(incoming(path)) is None


def test_an_issue():
    ticket = read(FIRST, zone="America/New_York")["support_tickets"].rows.row(0, named=True)
    assert ticket["ticket_id"] == "JSM-1"
    assert [ticket[name][:16] for name in ("opened_at", "responded_at", "resolved_at")] == [
        "2025-03-03T14:00",
        "2025-03-03T14:30",
        "2025-03-03T20:26",
    ]
    assert (ticket["_account_key"], ticket["_account_name"]) == ("Jira Alpha", "Jira Alpha")


def test_overlapping_files_land_and_accounting_holds(home: Home):
    for path in (FIRST, SECOND):
        home.put(path.name, path.read_bytes())
    receipt = home.land()
    assert (receipt.total("rows_read"), receipt.total("rows_landed"), home.quarantine()) == (4, 4, [])
    assert home.rows("escalations").select("escalation_id", "severity").rows() == [("JSM-2", "P0")] * 2


def test_the_last_change_serves_as_the_date_of_the_export():
    first, second = (read(path)["escalations"].exported_at for path in (FIRST, SECOND))
    assert str(first) == "2025-03-07 12:00:00"
    assert str(second) == "2025-03-08 20:00:00"


def test_time_of_done_stands_in_where_the_workflow_sets_no_resolution():
    ticket = read(FIRST)["support_tickets"].rows.row(1, named=True)
    assert (ticket["ticket_id"], ticket["resolved_at"][:16]) == ("JSM-3", "2025-03-07T00:00")


def test_extra_cells_of_a_list_are_read_where_nothing_else_changes(tmp_path: Path):
    found = read(FIRST)["support_tickets"]
    assert found.rows["_reject"].to_list() == [None, None]
    assert [(finding.code, finding.rows) for finding in found.findings] == [("wide_rows", 1)]
    header = "Issue key,Issue id,Labels,Components,Created"
    path = written(tmp_path, header, "A-1,1,x,escalated,y,01/Mar/25 10:00", "A-2,2,a,b,c,d")
    doubtful = read(path)["support_tickets"].rows
    assert doubtful["_reject"].to_list() == ["the row has 6 cells, the header has 5"] * 2


def test_the_condition_of_an_escalation_is_a_setting():
    assert ids(read(FIRST)) == (["JSM-1", "JSM-3"], ["JSM-2"])
    assert ids(read(FIRST, escalation_tag="one"))[1] == ["JSM-3"]
    assert ids(read(FIRST, escalation_issue_type="incident"))[1] == ["JSM-2"]
    assert ids(read(FIRST, escalation_priority=["medium"]))[1] == ["JSM-1"]
    assert ids(read(FIRST, escalation_field={"field": "Status Category", "values": ["Done"]}))[1] == ["JSM-1", "JSM-3"]


def test_issues_of_other_types_are_landed_and_marked():
    found = read(FIRST, ticket_issue_types=["Task"])
    assert found["support_tickets"].rows["_is_active"].to_list() == [False, False]


def test_an_issue_of_several_organisations_names_them_all(tmp_path: Path):
    header = "Issue key,Issue id,Created,Custom field (Organizations),Custom field (Organizations)"
    path = written(tmp_path, header, "A-1,1,13/Mar/25 10:00,Acme,Beta")
    assert read(path)["support_tickets"].rows["_account_key"][0] == "Acme; Beta"


def test_the_account_may_stand_in_a_custom_field():
    path_settings = {"account_field": "CRM account"}
    assert read(FIRST, **path_settings)["support_tickets"].rows["_account_key"].to_list() == [None, None]
    findings = read(SECOND, **path_settings)["support_tickets"].findings
    assert [finding.code for finding in findings] == ["field_not_exported"]


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("25/Jun/20 12:44", "2020-06-25 12:44"),
        ("11/May/24 03:26 PM", "2024-05-11 03:26 PM"),
        ("01.März.2024 08:00", "2024-03-01 08:00"),
        ("5/ago/24 1:05", "2024-08-05 1:05"),
        ("6/21/2025 16:14", "6/21/2025 16:14"),
        ("5/xyz/24 1:05", "5/xyz/24 1:05"),
    ],
)
def test_named_months(cell: str, iso: str):
    assert with_month_numbers(pl.Series([cell, None])).to_list() == [iso, None]


def test_dates_of_a_spreadsheet_need_a_proof_or_a_setting(tmp_path: Path):
    proved = written(tmp_path, HEADER, "a,A-1,1,A,High,6/21/2025 16:14,")
    assert read(proved)["support_tickets"].rows["opened_at"][0].startswith("2025-06-21T16:14")
    doubtful = written(tmp_path, HEADER, "a,A-1,1,A,High,6/7/2025 16:14,")
    with pytest.raises(Refused, match="day or the month"):
        read(doubtful)
    found = read(doubtful, date_order="dmy")["support_tickets"].rows
    assert found["opened_at"][0].startswith("2025-07-06")


def test_a_header_in_another_language_is_recognised_by_its_rows_and_read_by_settings(tmp_path: Path):
    path = written(
        tmp_path,
        "Resumen,Clave de incidencia,ID de la incidencia,Tipo,Clave del proyecto,Creada,Resuelta",
        "No imprime,SOP-7,10007,Soporte,SOP,25/ene/25 12:44,",
    )
    assert CONNECTOR.recognise(incoming(path))
    with pytest.raises(Refused, match="issue key") as refused:
        read(path)
    assert 'ticket_id = "...", opened_at = "..." under [sources.jira.columns]' in refused.value.do
    found = read(path, columns={"ticket_id": "Clave de incidencia", "opened_at": "Creada", "resolved_at": "Resuelta"})
    ticket = found["support_tickets"].rows.row(0, named=True)
    assert (ticket["ticket_id"], ticket["opened_at"][:16]) == ("SOP-7", "2025-01-25T12:44")


def test_severity_and_first_response_from_other_fields(tmp_path: Path):
    path = written(
        tmp_path,
        "Issue key,Issue id,Issue Type,Created,Custom field (Severity),Custom field (Answered)",
        "A-1,1,Escalation,25/Jan/25 12:44,Blocker,25/Jan/25 13:00",
    )
    row = read(path, columns={"severity": "Severity"}, first_response_field="Answered")["escalations"].rows.row(
        0, named=True
    )
    assert (row["severity"], row["responded_at"][:16]) == ("P0", "2025-01-25T13:00")
