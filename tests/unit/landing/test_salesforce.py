"""Salesforce exports in their three spellings. The samples were made by hand to the headers the system writes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.errors import UserError
from pipelines.landing.conform import conform
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext, no_mapping
from pipelines.landing.connectors.salesforce import SalesforceConnector, values
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit import times

SAMPLES = Path(__file__).parents[2] / "samples" / "salesforce"
SHARED = Path("/work/shared/samples")
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED}, the real sample exports, is not here")

ACCOUNT, CHILD = "0015E00001aaaaAQAQ", "0015E00001aaaaBQAQ"
ANA, BO = "0055E000003aBcDQAU", "0055E000003aBcEQAU"


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, map_values=no_mapping, zone: str = "UTC", **settings: Any) -> dict[str, Extract]:
    source = SourceContext(settings, "USD", zone, map_values)
    return {extract.entity: extract for extract in SalesforceConnector().read(incoming(path), source)}


def weekly(name: str, **more: Any) -> dict[str, Extract]:
    return read(SAMPLES / "weekly" / f"{name}.csv", **more)


def row(extract: Extract, value: str) -> dict[str, Any]:
    """The first row that has the value in any column."""
    return extract.rows.filter(pl.any_horizontal(pl.col(pl.String) == value)).row(0, named=True)


@pytest.mark.parametrize("path", sorted((SAMPLES / "weekly").glob("*.csv")), ids=lambda path: path.stem)
def test_every_object_is_recognised_by_its_header(path: Path, tmp_path: Path):
    renamed = tmp_path / "export.csv"
    renamed.write_bytes(path.read_bytes())
    assert f"Salesforce {path.stem} export" in (SalesforceConnector().recognise(incoming(renamed)) or "")


@pytest.mark.parametrize("path", sorted((SAMPLES / "weekly").glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_of_the_file_is_a_row_of_one_entity(path: Path):
    extracts = [extract for extract in weekly(path.stem).values() if not extract.is_derived]
    raws = pl.concat([extract.rows["_raw"] for extract in extracts])
    assert sorted(raws) == sorted(
        path.read_bytes().decode("cp1252" if path.stem == "Account" else "utf-8").splitlines()[1:]
    )


@pytest.mark.parametrize(
    "header", ["account_id,name,owner_id", "Record ID,Deal Name", "Id,Name", "date,usd,jpy", "", "\x00"]
)
def test_other_systems_files_are_not_claimed(header: str, tmp_path: Path):
    path = tmp_path / "accounts.csv"
    path.write_text(header + "\n")
    assert SalesforceConnector().recognise(incoming(path)) is None


def test_weekly_accounts():
    accounts = weekly("Account", fields={"Account": ACCOUNT_FIELDS}, zone="Europe/Berlin")["accounts"]
    first = row(accounts, ACCOUNT)
    assert first["name"] == "Müller & Söhne GmbH – €"
    assert first["parent_account_id"] is None
    assert first["country"] == "DE"
    assert first["region"] == "EMEA"
    assert first["category_spend"] == "250000.5"
    assert first["executive_sponsor_contact_id"] == "0035E00001ccccAQAQ"
    assert first["created_on"] == "2026-06-10", "22:30 UTC is the next day in Berlin"
    assert row(accounts, "Müller UK")["parent_account_id"] == ACCOUNT
    assert row(accounts, "Müller UK")["country"] == "GB"
    assert row(accounts, "Atlantis plc")["billing_currency"] == "USD"


ACCOUNT_FIELDS = {
    "region": "Region__c",
    "executive_sponsor_contact_id": "Exec_Sponsor__c",
    "category_spend": "Category_Spend__c",
}


def test_deleted_accounts_are_marked_and_merged_ones_live_on():
    accounts = weekly("Account")["accounts"]
    deleted, merged = row(accounts, "Deleted Ltd"), row(accounts, "Merged Ltd")
    assert (deleted["_is_active"], deleted["_note"]) == (False, "deleted in Salesforce")
    assert (merged["_is_active"], merged["merged_into_account_id"]) == (True, ACCOUNT)


def test_an_unknown_country_is_empty_with_a_finding_and_can_be_mapped():
    accounts = weekly("Account")["accounts"]
    assert row(accounts, "Atlantis plc")["country"] is None
    assert [(f.code, f.value, f.rows) for f in accounts.findings] == [("unknown_country", "Atlantis", 1)]
    mapped = weekly(
        "Account", map_values=lambda e, c, v: "GR" if (e, c, v) == ("accounts", "country", "Atlantis") else None
    )
    assert row(mapped["accounts"], "Atlantis plc")["country"] == "GR"


def test_external_ids_are_derived_from_the_named_fields():
    ids = weekly("Account", external_ids={"stripe": "Stripe_Customer__c"})["account_external_ids"]
    assert ids.is_derived
    assert ids.rows.select("source", "source_key", "account_id").rows() == [
        ("stripe", "cus_A1", ACCOUNT),
        ("stripe", "cus_A2", ACCOUNT),
    ]


def test_data_loader_writes_capitals_short_ids_and_exponents():
    fields = {"Account": {"category_spend": "Spend__c"}}
    accounts = read(SAMPLES / "dataloader" / "accounts.csv", fields=fields, default_currency="eur")["accounts"]
    first = row(accounts, ACCOUNT)
    assert (first["category_spend"], first["owner_id"], first["billing_currency"]) == ("60000000", ANA, "EUR")
    assert accounts.rows["_is_active"].to_list() == [True, False]


def test_api_extract_with_offsets_capital_booleans_and_line_ends_in_cells():
    opportunities = read(SAMPLES / "api" / "Opportunity.csv")["opportunities"]
    first = opportunities.rows.row(0, named=True)
    assert (first["created_at"], first["closed_on"], first["is_won"]) == ("2018-03-03T23:15:19Z", "2018-03-03", "true")


def test_a_file_saved_by_a_spreadsheet_is_refused_with_what_to_do():
    with pytest.raises(Refused) as refusal:
        read(SAMPLES / "spreadsheet" / "Opportunity.csv")
    assert "CreatedDate in line 2 is '09-06-2026 16:14'" in refusal.value.what
    assert "export the object again" in refusal.value.do


def test_a_file_without_a_needed_field_is_refused_by_its_name(tmp_path: Path):
    path = tmp_path / "Opportunity.csv"
    path.write_text("Id,AccountId,Name,StageName\n0065E00001ooooAQAQ,,Deal,Won\n")
    with pytest.raises(Refused, match="lacks IsClosed, IsWon"):
        read(path)


def test_opportunities():
    opportunities = weekly("Opportunity")["opportunities"]
    types = dict(opportunities.rows.select("opportunity_id", "type").rows())
    assert list(types.values()) == ["new", "expansion", "renewal", "other", "other", "other", "other"]
    assert opportunities.rows["closed_on"].to_list() == [None, "2026-07-01", "2026-07-01", None, None, None, None]
    assert opportunities.rows["is_qualified"].to_list()[:4] == ["false", "true", "false", "true"]
    assert opportunities.rows["amount"].to_list()[1:3] == ["9225.225", None]
    assert opportunities.rows["loss_reason"].to_list()[2] == "Price"
    strict = weekly("Opportunity", qualified_from_probability=60)["opportunities"]
    assert strict.rows["is_qualified"].to_list()[3] == "false"


def test_unmapped_types_are_listed_by_money_without_the_deleted():
    findings = weekly("Opportunity")["opportunities"].findings
    assert [(finding.value, finding.rows) for finding in findings] == [("Rahmenvertrag", 2), ("", 1)]
    assert "70,000.00 EUR, 500.00 GBP" in findings[0].message


def test_the_companys_map_goes_before_the_defaults():
    own = {"Rahmenvertrag": "renewal", "New Business": "expansion"}
    opportunities = weekly("Opportunity", map_values=lambda e, c, v: own.get(v) if c == "type" else None)[
        "opportunities"
    ]
    assert opportunities.rows["type"].to_list()[:4] == ["expansion", "expansion", "renewal", "renewal"]


def test_contracts_end_by_their_term():
    contracts = weekly("Contract")["contracts"].rows
    assert contracts["ends_on"].to_list() == ["2025-12-31", "2024-02-28", None, "2025-12-31"]
    assert contracts["_note"].to_list() == [None, None, "draft contract", None]
    assert contracts.row(3, named=True)["termination_reason"] == "Competitor"
    assert contracts.row(0, named=True)["has_fx_clause"] == "true"


def test_cases_are_escalations_or_tickets():
    found = weekly("Case")
    assert found["support_tickets"].rows["ticket_id"].to_list() == ["5005E00001ssssAQAQ"]
    escalations = found["escalations"].rows
    assert escalations["severity"].to_list() == ["P1", "P0", "Sehr hoch"]
    assert escalations["responded_at"].to_list()[0] == "2026-06-09T08:45:00Z"
    quarantined = conform(ENTITIES["escalations"], escalations).quarantine
    assert quarantined["reason"].to_list() == ["severity 'Sehr hoch' is none of P0, P1, P2, P3"]


def test_the_condition_of_an_escalation_is_a_setting():
    found = weekly("Case", escalation={"field": "Type", "values": ["Incident"]})
    assert found["escalations"].rows["escalation_id"].to_list() == ["5005E00001ssssCQAQ"]


def test_tasks():
    activities = weekly("Task", zone="Europe/Berlin")["activities"].rows
    assert activities["type"].to_list() == ["call", "email", "call", "Task", "call"]
    assert activities["contact_id"].to_list()[:2] == ["0035E00001ccccAQAQ", None], "a lead is no contact"
    assert activities["account_id"].to_list()[3] == CHILD
    assert activities["happened_at"].to_list()[:2] == ["2026-06-08T22:00:00Z", "2026-06-10T07:15:00Z"]
    assert activities["_note"].to_list() == [None, None, "open task", None, "deleted in Salesforce"]
    conformed = conform(ENTITIES["activities"], activities)
    assert conformed.rows.height == 4, "an open task without a date lands too; a bare task has no type"


def test_events():
    activities = weekly("Event", zone="America/New_York")["activities"].rows
    assert activities["type"].to_list() == ["qbr", "meeting", "Site Visit"]
    assert activities["happened_at"].to_list()[:2] == ["2026-06-09T13:00:00Z", "2026-06-09T04:00:00Z"]
    assert activities.select("is_held", "executive_attended", "deck_ready_on", "actions_logged").row(0) == (
        "true",
        "true",
        "2026-06-02",
        "false",
    )


def test_of_the_rows_of_an_owner_change_the_one_with_ids_counts():
    changes = weekly("AccountHistory")["owner_changes"].rows
    active = changes.filter("_is_active")
    assert active.select("account_id", "changed_at", "owner_id", "_previous_owner_id").rows() == [
        (ACCOUNT, "2026-03-01T09:00:00Z", BO, ANA)
    ]
    conformed = conform(ENTITIES["owner_changes"], changes)
    assert (conformed.rows.height, conformed.quarantine.height) == (4, 0)


def test_users_contacts_and_history():
    users = weekly("User")["users"].rows
    assert users.select("name", "time_zone", "is_active").rows() == [
        ("Ana Lima", "Europe/Berlin", "true"),
        ("Berg", "America/New_York", "false"),
    ]
    contacts = weekly("Contact", fields={"Contact": {"level": "Level__c"}})["contacts"].rows
    assert contacts.select("name", "level", "account_id").rows() == [("Clara Voss", "executive", ACCOUNT)]
    history = weekly("OpportunityHistory")["opportunity_history"].rows
    assert conform(ENTITIES["opportunity_history"], history).rows.height == 1


@pytest.mark.parametrize("path", sorted((SAMPLES / "weekly").glob("*.csv")), ids=lambda path: path.stem)
def test_columns_are_those_of_the_contract(path: Path):
    for name, extract in weekly(path.stem).items():
        own = {column for column in extract.rows.columns if not column.startswith("_")}
        assert own <= set(ENTITIES[name].columns)
        assert all(extract.rows[column].dtype == pl.String for column in own)


def test_a_repeated_row_is_a_duplicate_and_one_that_differs_anywhere_is_not(tmp_path: Path):
    header, *rows = (SAMPLES / "weekly" / "Contact.csv").read_text().splitlines()
    path = tmp_path / "Contact.csv"
    path.write_text("\n".join([header, rows[0], rows[0]]) + "\n")
    assert conform(ENTITIES["contacts"], read(path)["contacts"].rows).rows_duplicate == 1
    path.write_text("\n".join([header, rows[0], rows[0].replace('""', '"Ms"', 1)]) + "\n")
    assert conform(ENTITIES["contacts"], read(path)["contacts"].rows).quarantine.height == 2


def test_a_field_of_the_settings_that_the_file_lacks_is_a_finding():
    accounts = weekly("Account", fields={"Account": {"region": "Territory__c"}})["accounts"]
    assert ("field_not_exported", "Territory__c") in [(finding.code, finding.value) for finding in accounts.findings]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"defaultcurrency": "EUR"}, "defaultcurrency"),
        ({"default_currency": "Euro"}, "default_currency"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"fields": {"Acount": {}}}, "Acount"),
        ({"columns": {"accounts.regions": "x"}}, "columns.accounts.regions"),
        ({"escalation": "Type"}, "escalation"),
        ({"qualified_from_probability": "high"}, "qualified_from_probability"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], key: str):
    with pytest.raises(UserError, match=key):
        weekly("Account", **settings)


def test_a_day_that_begins_with_a_clock_change_starts_at_one():
    assert times.midnights(pl.Series(["2018-11-04"]), "America/Sao_Paulo").to_list() == ["2018-11-04T03:00:00Z"]


def test_what_is_no_date_is_passed_through_for_the_core_to_name():
    cells = pl.Series(["2026-02-31T10:00:00.000Z", "soon", None])
    assert times.timestamps(cells, "UTC").to_list() == cells.to_list()
    assert times.days(cells, "UTC", "UTC").to_list() == cells.to_list()


@pytest.mark.slow
def test_a_million_rows_take_seconds(tmp_path: Path):
    header, first, *_ = (SAMPLES / "weekly" / "Opportunity.csv").read_text().splitlines()
    path = tmp_path / "Opportunity.csv"
    path.write_text("\n".join([header, *(first.replace("1ooooA", f"{n:06x}") for n in range(1_000_000))]))
    started = time.monotonic()
    assert read(path)["opportunities"].rows.height == 1_000_000
    assert time.monotonic() - started < 30


@needs_shared
def test_all_accounts_and_opportunities_of_the_data_loader_sample_land():
    folder = SHARED / "salesforce_dataloader"
    accounts = read(folder / "accountData.csv")["accounts"]
    assert conform(ENTITIES["accounts"], accounts.rows).rows.height == 423
    opportunities = read(folder / "opportunityData.csv")["opportunities"]
    assert conform(ENTITIES["opportunities"], opportunities.rows).rows.height == 38
    assert set(opportunities.rows["type"]) == {"other"}
    assert [(finding.value, finding.rows) for finding in opportunities.findings] == [("Opportunity", 38)]


@needs_shared
def test_long_ids_of_the_sample_come_out_of_their_short_form():
    ids = read(SHARED / "salesforce_dataloader" / "accountData.csv")["accounts"].rows["account_id"]
    assert values.ids(ids.str.slice(0, 15)).to_list() == ids.to_list()


@needs_shared
@pytest.mark.parametrize(("name", "entity", "rows"), [("Account", "accounts", 7), ("Contact", "contacts", 4)])
def test_the_api_sample_lands(name: str, entity: str, rows: int):
    extract = read(SHARED / "salesforce_api_extract" / f"{name}.csv")[entity]
    assert conform(ENTITIES[entity], extract.rows).rows.height == rows
