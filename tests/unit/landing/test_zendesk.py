"""Zendesk's ticket exports, CSV and JSON. The samples were made by hand to the documented header and fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from homes import Home

from pipelines.errors import UserError
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext, no_mapping
from pipelines.landing.connectors.zendesk import CONNECTOR

CASE = Path(__file__).parents[2] / "samples" / "zendesk" / "case"
CSV, JSON = CASE / "zendesk_export.csv", CASE / "zendesk_tickets.json"
WAREHOUSE = Path("/work/shared/samples/zendesk_warehouse")


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, map_values=no_mapping, zone: str = "UTC", **settings: Any) -> dict[str, Extract]:
    found = CONNECTOR.read(incoming(path), SourceContext(settings, "USD", zone, map_values))
    return {extract.entity: extract for extract in found}


def ids(found: dict[str, Extract]) -> tuple[list[str], list[str]]:
    return (
        found["support_tickets"].rows["ticket_id"].to_list(),
        found["escalations"].rows["escalation_id"].to_list(),
    )


def test_both_forms_are_recognised_and_the_tables_of_a_warehouse_are_not():
    assert CONNECTOR.recognise(incoming(CSV))
    assert CONNECTOR.recognise(incoming(JSON))
    if WAREHOUSE.is_dir():
        assert not [path.name for path in WAREHOUSE.glob("*.csv") if CONNECTOR.recognise(incoming(path))]


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b'"', b"id,status\n1,open", b'{"subject": 1}', b"[[["])
@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_other_content_is_not_claimed(content: bytes, suffix: str, tmp_path: Path):
    path = tmp_path / f"export.{suffix}"
    path.write_bytes(content)
    assert CONNECTOR.recognise(incoming(path)) is None


def test_a_csv_ticket():
    found = read(CSV, zone="Europe/Berlin")
    ticket = found["support_tickets"].rows.row(0, named=True)
    expected = {
        "ticket_id": "101",
        "opened_at": "2025-03-03T08:00:00Z",
        "responded_at": "2025-03-03T08:30:00Z",
        "resolved_at": "2025-03-03T11:00:00Z",
        "_account_key": "Zendesk Alpha",
        "_account_name": "Zendesk Alpha",
    }
    assert {name: (ticket[name] or "").replace(".000000", "") for name in expected} == expected
    assert read(CSV, time_zone="UTC")["support_tickets"].rows["opened_at"][0].startswith("2025-03-03T09:00:00")


def test_minutes_run_on_the_clock_of_utc_when_the_clocks_change(tmp_path: Path):
    path = tmp_path / "zendesk.csv"
    path.write_text("Summation column,Id,Status,Created at,First reply time in minutes\n1,7,Open,2025-03-30 01:30,60\n")
    ticket = read(path, time_zone="Europe/Berlin")["support_tickets"].rows.row(0, named=True)
    assert (ticket["opened_at"][:16], ticket["responded_at"][:16]) == ("2025-03-30T00:30", "2025-03-30T01:30")


def test_a_reopened_ticket_is_not_resolved_and_a_dash_is_nothing():
    ticket = read(CSV)["support_tickets"].rows.row(1, named=True)
    assert (ticket["ticket_id"], ticket["resolved_at"], ticket["responded_at"]) == ("103", None, None)


def test_deleted_tickets_are_landed_and_marked(home: Home):
    home.put(CSV.name, CSV.read_bytes())
    home.put(JSON.name, JSON.read_bytes())
    receipt = home.land()
    assert (receipt.total("rows_read"), receipt.total("rows_landed"), home.quarantine()) == (6, 6, [])
    tickets = home.rows("support_tickets").filter(~pl.col("_is_active"))
    assert tickets.select("ticket_id", "_note").rows() == [("104", "deleted in Zendesk"), ("202", "deleted in Zendesk")]
    escalations = home.rows("escalations").sort("escalation_id")
    assert escalations.select("escalation_id", "severity").rows() == [("102", "P0"), ("201", "P1")]


@pytest.mark.parametrize(
    ("settings", "escalated"),
    [
        ({}, ["102"]),
        ({"escalation_tag": "outage"}, ["102"]),
        ({"escalation_tag": ["web", "outage"]}, ["101", "102"]),
        ({"escalation_priority": ["Normal"]}, ["101"]),
        ({"escalation_field": {"field": "severity one"}}, ["102"]),
        ({"escalation_field": {"field": "Group", "values": "support"}}, ["101", "102", "103", "104"]),
    ],
)
def test_the_settings_say_what_is_an_escalation(settings: dict[str, Any], escalated: list[str]):
    tickets, escalations = ids(read(CSV, **settings))
    assert escalations == escalated
    assert sorted([*tickets, *escalations]) == ["101", "102", "103", "104"]


def test_a_custom_field_of_the_json_form_is_named_by_its_id():
    found = read(JSON, escalation_field={"field": "360001", "values": ["yes"]})
    assert ids(found) == (["202"], ["201"])


def test_a_field_may_hold_the_time_of_the_first_response(tmp_path: Path):
    path = tmp_path / "tickets.csv"
    path.write_text(
        "Summation column,Id,Status,Priority,Created at,First answer [date],First reply time in minutes\n"
        "1,7,Open,Low,2025-03-03 09:00,2025-03-03 09:20,30\n1,8,Open,Low,2025-03-03 09:00,,30\n"
    )
    found = read(path, first_response_field="First answer")["support_tickets"].rows["responded_at"]
    assert [time[:16] for time in found] == ["2025-03-03T09:20", "2025-03-03T09:30"]
    with pytest.raises(UserError, match="write first_response_field"):
        read(path, columns={"responded_at": "First answer"})


def test_a_json_ticket():
    found = read(JSON)
    escalation = found["escalations"].rows.row(0, named=True)
    assert (escalation["_account_key"], escalation["_account_name"]) == ("Zendesk Beta", "Zendesk Beta")
    assert (escalation["severity"], escalation["responded_at"][:16]) == ("P1", "2025-04-01T09:00")
    assert escalation["resolved_at"].startswith("2025-04-01T18:00:00")
    assert found["support_tickets"].rows["_line_number"].to_list() == [2]


def test_lists_of_the_api_carry_organisations_and_metrics_beside_the_tickets(tmp_path: Path):
    path = tmp_path / "page.json"
    path.write_text(
        '{"tickets": [{"id": 1, "subject": "a", "status": "open", "created_at": "2025-01-01T00:00:00Z",\n'
        ' "organization_id": 5, "requester_id": 2}],\n'
        ' "organizations": [{"id": 5, "name": "Acme", "external_id": "A-5"}],\n'
        ' "metric_sets": [{"ticket_id": 1, "reply_time_in_minutes": {"calendar": 5}}], "next_page": "https://x/2"}'
    )
    assert CONNECTOR.recognise(incoming(path))
    found = read(path)["support_tickets"]
    ticket = found.rows.row(0, named=True)
    assert (ticket["_account_name"], ticket["_account_hint"], ticket["responded_at"][:16]) == (
        "Acme",
        "A-5",
        "2025-01-01T00:05",
    )
    assert [finding.code for finding in found.findings] == ["list_goes_on"]


def test_account_field_names_the_column_with_the_account():
    found = read(CSV, account_field="CRM account")["support_tickets"].rows
    assert found.row(1, named=True)["_account_hint"] == "zen_beta"
    assert found.row(0, named=True)["_account_key"] is None


def test_an_escalation_without_priority_asks_for_a_mapping(home: Home):
    home.sources["zendesk"] = {"escalation_field": {"field": "id", "values": ["103"]}}
    home.put(CSV.name, CSV.read_bytes())
    home.land()
    assert [row["reason"] for row in home.quarantine()] == ["severity '-' is none of P0, P1, P2, P3"]
    home.put("map_values.csv", "source,entity,column,value,mapped\nzendesk,escalations,severity,-,P3\n")
    home.land()
    assert home.rows("escalations").select("escalation_id", "severity").rows() == [("103", "P3")]


def test_promised_hours_by_priority():
    found = read(CSV, sla_response_hours={"normal": 8, "Urgent": 0.5})["support_tickets"].rows
    assert found["sla_response_hours"].to_list() == ["8.0", None, None]


def test_the_last_change_serves_as_the_date_of_the_export():
    assert str(read(CSV)["support_tickets"].exported_at) == "2025-03-07 10:00:00"


def test_a_renamed_column_is_asked_about(tmp_path: Path):
    path = tmp_path / "zendesk.csv"
    path.write_text("Summation column,Id,Status,Created on\n1,7,Open,2025-03-30 01:30\n")
    with pytest.raises(Refused, match="created at") as refused:
        read(path)
    assert 'opened_at = "..." under [sources.zendesk.columns]' in refused.value.do
    assert ids(read(path, columns={"opened_at": "Created on"})) == (["7"], [])


def test_settings_that_cannot_be_used_are_named():
    with pytest.raises(UserError, match="unknown key 'escalations'"):
        read(CSV, escalations=1)
    with pytest.raises(UserError, match="'opened' is no column"):
        read(CSV, columns={"opened": "x"})


def test_cut_off_json_is_refused(tmp_path: Path):
    path = tmp_path / "zendesk.json"
    path.write_bytes(JSON.read_bytes()[:900])
    with pytest.raises(Refused, match="cut off"):
        read(path)
