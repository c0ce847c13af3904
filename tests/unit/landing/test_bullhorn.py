"""Bullhorn's objects, JSON and CSV. The samples were made by hand to the documented fields and labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from homes import Home

from pipelines.errors import UserError
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors.bullhorn import CONNECTOR
from pipelines.landing.connectors.bullhorn.mapping import CANCELLED, DELETED, NO_CLIENT, NO_LINK

CASE = Path(__file__).parents[2] / "samples" / "bullhorn" / "case"
CLIENTS, ORDERS, PLACEMENTS = (
    CASE / name for name in ("ClientCorporation.json", "JobOrder.json", "bullhorn_placements.csv")
)
PLACEMENT = {
    "id": 7,
    "status": "Approved",
    "dateBegin": 1741993200000,  # midnight of 15 March 2025 in Berlin
    "jobOrder": {"id": 5, "dateAdded": 1741046400000, "clientCorporation": {"id": 11, "name": "Acme"}},
}


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, zone: str = "UTC", **settings: Any) -> dict[str, Extract]:
    found = CONNECTOR.read(incoming(path), SourceContext(settings, "EUR", zone))
    return {extract.entity: extract for extract in found}


def written(tmp_path: Path, name: str, content: Any) -> Path:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("path", "name"), [(CLIENTS, "ClientCorporation"), (ORDERS, "JobOrder"), (PLACEMENTS, "Placement")]
)
def test_objects_are_recognised_by_their_content(path: Path, name: str, tmp_path: Path):
    renamed = tmp_path / f"export{path.suffix}"
    renamed.write_bytes(path.read_bytes())
    assert CONNECTOR.recognise(incoming(renamed)) == f"it holds Bullhorn's {name}"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("placements.csv", "placement_id,order_id,account_id,started_on\n1,2,3,2025-01-01\n"),
        ("job_orders_2025.csv", "order_id,account_id,opened_on,openings\n1,2,2025-01-01,1\n"),
        ("x.json", '[{"id": 1, "name": "a", "created": 1}]'),
        ("x.json", ""),
        ("JobOrder.json", "\x00["),
        ("bullhorn_placements.csv", '"'),
        ("x.csv", "\x00"),
    ],
)
def test_other_content_is_not_claimed(name: str, content: str, tmp_path: Path):
    assert CONNECTOR.recognise(incoming(written(tmp_path, name, content))) is None


def test_all_rows_land_and_those_without_a_part_are_marked(home: Home):
    for path in (CLIENTS, ORDERS, PLACEMENTS):
        home.put(path.name, path.read_bytes())
    receipt = home.land()
    assert (receipt.total("rows_read"), receipt.total("rows_landed"), home.quarantine()) == (8, 8, [])
    notes = {
        entity: dict(home.rows(entity).filter(~pl.col("_is_active")).select(key, "_note").rows())
        for entity, key in (
            ("account_external_ids", "source_key"),
            ("job_orders", "order_id"),
            ("placements", "placement_id"),
        )
    }
    assert notes == {
        "account_external_ids": {"11": NO_LINK},
        "job_orders": {"503": DELETED},
        "placements": {"903": CANCELLED},
    }
    assert home.rows("account_external_ids").filter(pl.col("_is_active")).select(
        "source", "source_key", "account_id"
    ).rows() == [("bullhorn", "12", "bh_beta")]


def test_a_job_order_of_a_foreign_customer():
    order = read(ORDERS)["job_orders"].rows.row(1, named=True)
    expected = {
        "order_id": "502",
        "opened_on": "2025-03-05",
        "closed_on": "2025-03-15",
        "openings": "1",
        "_account_key": "12",
        "_account_name": "Beta in Bullhorn",
        "_line_number": 5,
    }
    assert {name: order[name] for name in expected} == expected
    assert "account_id" not in order


def test_where_bullhorn_is_the_crm_its_clients_are_the_accounts():
    accounts = read(CLIENTS, is_crm=True)["accounts"].rows
    columns = ("account_id", "name", "parent_account_id", "industry", "country", "created_on", "billing_currency")
    assert accounts.select(columns).rows() == [
        ("11", "Bullhorn Alpha Inc.", None, "Software", "US", "2024-01-01", "EUR"),
        ("12", "Beta in Bullhorn", "11", None, None, "2024-01-01", "EUR"),
    ]
    assert read(CLIENTS, is_crm=True, default_currency="USD")["accounts"].rows["billing_currency"][0] == "USD"
    assert read(ORDERS, is_crm=True)["job_orders"].rows["account_id"].to_list() == ["11", "12", "12"]


def test_days_are_those_of_bullhorns_time_zone(tmp_path: Path):
    path = written(tmp_path, "export.json", {"data": [PLACEMENT]})
    placement = read(path, time_zone="Europe/Berlin")["placements"].rows.row(0, named=True)
    assert (placement["started_on"], placement["ordered_on"]) == ("2025-03-15", "2025-03-04")
    assert read(path)["placements"].rows["started_on"][0] == "2025-03-14"
    assert (placement["_account_key"], placement["_account_name"], placement["order_id"]) == ("11", "Acme", "5")


def test_a_placement_without_its_client_says_how_to_export_it(tmp_path: Path, home: Home):
    bare = PLACEMENT | {"jobOrder": {"id": 5}}
    home.put("export.json", json.dumps([bare, bare | {"id": 8, "isDeleted": True}]))
    home.land()
    assert [row["reason"] for row in home.quarantine()] == [NO_CLIENT]
    assert home.rows("placements")["_note"].to_list() == [DELETED]


def test_csv_and_json_of_a_placement_agree(tmp_path: Path):
    csv = written(
        tmp_path,
        "JobOrders.csv",
        "id,jobOrder.id,dateBegin,jobOrder.clientCorporation.id,jobOrder.clientCorporation.name,status,jobOrder.dateAdded\n"
        "7,5,1741993200000,11,Acme,Approved,1741046400000\n",
    )
    json_file = written(tmp_path, "export.json", [PLACEMENT])
    compared = ("placement_id", "order_id", "started_on", "ordered_on", "_account_key", "_account_name")
    rows = [read(path)["placements"].rows.select(compared).rows() for path in (csv, json_file)]
    assert rows[0] == rows[1]


def test_renamed_labels_are_a_setting(tmp_path: Path):
    path = written(tmp_path, "bullhorn_jobs.csv", "Req No,Firm,Opened,Seats\n9,Acme,13/01/2025,3\n")
    with pytest.raises(Refused, match="lacks") as refused:
        read(path)
    assert 'order_id = "...", opened_on = "..." under [sources.bullhorn.columns.job_orders]' in refused.value.do
    labels = {"order_id": "Req No", "client_name": "Firm", "opened_on": "Opened", "openings": "Seats"}
    order = read(path, columns={"job_orders": labels})["job_orders"].rows.row(0, named=True)
    assert (order["order_id"], order["opened_on"], order["openings"]) == ("9", "2025-01-13", "3")
    assert (order["_account_key"], order["_account_name"]) == ("Acme", "Acme")
    bare = {"order_id": "Req No", "opened_on": "Opened", "job_orders.openings": "Seats", "openings": "Other"}
    assert read(path, columns=bare)["job_orders"].rows["openings"].to_list() == ["3"]


def test_a_custom_field_of_the_json_may_hold_the_crms_account_id(tmp_path: Path):
    client = {"id": 1, "name": "A", "dateAdded": 1, "numOffices": 2, "customText3": "001A"}
    path = written(tmp_path, "export.json", [client])
    links = read(path, columns={"accounts": {"account_id": "customText3"}})["account_external_ids"].rows
    assert links.select("source_key", "account_id").rows() == [("1", "001A")]


def test_days_and_months_are_not_guessed(tmp_path: Path):
    path = written(tmp_path, "bullhorn_jobs.csv", "ID,Company,Date Added,Openings\n9,Acme,02/01/2025,3\n")
    with pytest.raises(Refused, match="day or the month"):
        read(path)
    assert read(path, date_order="dmy")["job_orders"].rows["opened_on"][0] == "2025-01-02"


def test_other_objects_and_further_pages_are_findings(tmp_path: Path):
    submission = {"id": 3, "candidate": {"id": 1}, "sendingUser": {"id": 2}}
    path = written(tmp_path, "export.json", {"total": 9, "start": 0, "count": 2, "data": [PLACEMENT, submission]})
    codes = [finding.code for finding in read(path)["placements"].findings]
    assert codes == ["ignored_objects", "list_goes_on"]
    with pytest.raises(Refused, match="neither client corporations"):
        read(written(tmp_path, "other.json", [submission]))


def test_the_last_change_serves_as_the_date_of_the_export():
    assert str(read(ORDERS)["job_orders"].exported_at) == "2025-03-15 00:00:00"


def test_settings_that_cannot_be_used_are_named():
    with pytest.raises(UserError, match=r"columns\.JobOrder\.openings"):
        read(ORDERS, columns={"JobOrder": {"openings": "x"}})
    with pytest.raises(UserError, match=r"columns\.job_orders\.opened: use one of .*job_orders\.opened_on"):
        read(ORDERS, columns={"job_orders": {"opened": "x"}})


def test_cut_off_json_is_refused(tmp_path: Path):
    with pytest.raises(Refused, match="cut off"):
        read(written(tmp_path, "export.json", ORDERS.read_text()[:300]))
