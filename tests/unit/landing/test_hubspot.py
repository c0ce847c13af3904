"""HubSpot record exports. All files are made by hand to the documented labels: no public sample was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from homes import Home, workbook

from pipelines.errors import UserError
from pipelines.landing.conform import conform
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext, no_mapping
from pipelines.landing.connectors.hubspot import HubSpotConnector
from pipelines.landing.connectors.hubspot.labels import recognise
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit import local_formats

CASE = Path(__file__).parents[2] / "samples" / "hubspot" / "case"
DEALS = "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Deal Type,Close Date,Associated Company IDs"
ALPHA, BETA = "9100000001", "9100000003"


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, map_values=no_mapping, zone: str = "UTC", **settings: Any) -> dict[str, Extract]:
    source = SourceContext(settings, "USD", zone, map_values)
    return {extract.entity: extract for extract in HubSpotConnector().read(incoming(path), source)}


def case(of_object: str, **settings: Any) -> dict[str, Extract]:
    return read(CASE / f"hubspot-crm-exports-all-{of_object}-2025-06-30.csv", **settings)


@pytest.fixture
def deals(tmp_path: Path):
    """Reads deals given as lines below a header; the settings are arguments."""

    def made(*lines: str, header: str = DEALS, **settings: Any) -> dict[str, Extract]:
        path = tmp_path / "export.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
        return read(path, **settings)

    return made


@pytest.mark.parametrize(
    ("header", "of_object"),
    [
        ("Record ID,Company name,Company Domain Name", "companies"),
        ("Record Id,Deal name,Deal stage", "deals"),
        ("Ticket ID,Ticket name,Pipeline", "tickets"),
        ("Record ID,First Name,Last Name,Email,Company name", "contacts"),
        ("hs_object_id,dealname,dealstage", "deals"),
        ("hs_object_id,name,domain", "companies"),
        ("Datensatz-ID,Unternehmensname", "companies"),
        ("ID de registro,Nombre de la empresa", "companies"),
        ("ID de registro,Nombre,Apellidos,Correo", "contacts"),
        ("ID d’enregistrement,Nom de la transaction", "deals"),
        ("Record-ID,Dealnaam", "deals"),
        ("ID do registro,Nome do negócio", "deals"),
        ("ID record,Nome dell'affare", "deals"),
        ("ID du ticket,Nom du ticket", "tickets"),
        ("Record Id,Deal Name,Account Name.id", None),
        ("Deal Name,Record ID", None),
        ("Id,Name,OwnerId", None),
        ("Record ID,Amount", None),
    ],
)
def test_the_header_tells_the_object_in_any_language(header: str, of_object: str | None):
    assert recognise(header.split(",")) == of_object


def test_a_file_is_recognised_whatever_its_name_and_bytes(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_bytes(b'\xef\xbb\xbf"Record ID","Deal Name"\n')
    assert "HubSpot export of deals" in (HubSpotConnector().recognise(incoming(path)) or "")
    for name, content in (("y.csv", b"\x00\xff"), ("z.xlsx", b"no workbook"), ("a.csv", b"")):
        (tmp_path / name).write_bytes(content)
        assert HubSpotConnector().recognise(incoming(tmp_path / name)) is None


def test_companies_parents_countries_and_merged_records():
    accounts = [extract for extract in read_all("companies") if extract.entity == "accounts"]
    columns = ("account_id", "parent_account_id", "owner_id", "country", "created_on", "billing_currency")
    assert accounts[0].rows.select(columns).rows()[1] == (*("9100000002", ALPHA, "Ann Hub", "DE", "2023-02-02", "USD"),)
    assert accounts[1].is_derived
    assert accounts[1].rows.select("account_id", "merged_into_account_id", "name").rows() == [
        ("9100000009", BETA, "HubSpot Beta (merged record 9100000009)")
    ]


def read_all(of_object: str) -> list[Extract]:
    path = CASE / f"hubspot-crm-exports-all-{of_object}-2025-06-30.csv"
    return HubSpotConnector().read(incoming(path), SourceContext({}, "USD"))


def test_owners_are_users_called_by_their_names_and_older_than_any_other_row_of_theirs():
    users = case("companies")["users"]
    assert users.rows.select("user_id", "name").rows() == [("Ann Hub", "Ann Hub"), ("Bob Hub", "Bob Hub")]
    assert users.is_derived and users.exported_at is not None and users.exported_at.year == 1970


def test_owner_ids_of_internal_values_make_no_users(deals):
    found = deals("1,A,closedwon,P,5,newbusiness,2025-01-31,7,4711", header=f"{DEALS},hubspot_owner_id")
    assert found["opportunities"].rows["owner_id"].to_list() == ["4711"]
    assert "users" not in found


def test_the_export_day_of_the_file_name_says_how_new_the_rows_are():
    exported_at = case("deals")["opportunities"].exported_at
    assert exported_at is not None and exported_at.isoformat() == "2025-06-30T00:00:00"


def test_of_several_companies_only_the_primary_one_is_taken():
    opportunities = case("deals")["opportunities"].rows
    assert opportunities["account_id"].to_list() == [ALPHA, BETA, "9100000002", None]
    assert opportunities["_reject"].to_list()[3].startswith(f"2 companies ({ALPHA}; {BETA}) and none of them primary")


def test_a_company_known_by_name_only_is_looked_up_by_name(deals):
    header = DEALS.replace("Associated Company IDs", "Associated Company")
    rows = deals("1,A,closedwon,P,5,newbusiness,2025-01-31,Acme Inc", "2,B,closedwon,P,5,x,2025-01-31,", header=header)
    opportunities = rows["opportunities"].rows
    assert opportunities.select("account_id", "_account_name", "_account_key").row(0) == (None, "Acme Inc", "Acme Inc")
    assert "no company" in opportunities["_reject"][1]


def test_deals_are_won_lost_or_open_by_their_stage():
    rows = case("deals")["opportunities"].rows
    assert rows.select("is_closed", "is_won", "closed_on").rows()[:3] == [
        ("true", "true", "2023-12-20"),
        ("true", "false", "2025-03-10"),
        ("false", "false", None),
    ]
    assert rows["amount"].to_list()[1] == "500.00", "the sign is that of the row's currency"


def test_hubspots_own_flags_go_before_the_stage(deals):
    header = f"{DEALS},Is Closed Won,Is Deal Closed?"
    lines = ("1,A,Signed,P,5,Renewal,2025-01-31,7,true,true", "2,B,Signed,P,5,Renewal,2025-01-31,7,false,false")
    opportunities = deals(*lines, header=header)["opportunities"]
    assert opportunities.rows.select("is_won", "is_closed").rows() == [("true", "true"), ("false", "false")]
    assert not opportunities.findings


def test_an_unknown_stage_is_open_with_a_finding_and_can_be_set_for_one_pipeline(deals):
    lines = ("1,A,Signed,Sales,5,Renewal,2025-01-31,7", "2,B,Signed (Partners),Partners,5,Renewal,2025-01-31,7")
    found = deals(*lines)["opportunities"]
    assert found.rows["is_closed"].to_list() == ["false", "false"]
    assert [(finding.code, finding.value) for finding in found.findings] == [
        ("unknown_deal_stage", "Signed"),
        ("unknown_deal_stage", "Signed (Partners)"),
    ]
    only_sales = deals(*lines, won_stages=["Sales: Signed"], lost_stages=["Partners: Signed"])["opportunities"]
    assert only_sales.rows.select("is_won", "is_closed").rows() == [("true", "true"), ("false", "true")]
    assert not only_sales.findings


@pytest.mark.parametrize(
    ("stage", "won"), [("Abgeschlossen und gewonnen", "true"), ("Cierre perdido", "false"), ("closedwon", "true")]
)
def test_closed_stages_of_other_languages(deals, stage: str, won: str):
    rows = deals(f"1,A,{stage},P,5,Renewal,2025-01-31,7")["opportunities"].rows
    assert rows.select("is_closed", "is_won").row(0) == ("true", won)


def test_types_by_their_words_in_any_language_and_unmapped_ones_by_money(deals):
    lines = [f"{n},A,closedwon,P,{n}00,{word},2025-01-31,7" for n, word in enumerate(TYPES, start=1)]
    found = deals(*lines)["opportunities"]
    assert found.rows["type"].to_list() == ["new", "new", "expansion", "renewal", "other", "other"]
    assert [(finding.value, finding.rows) for finding in found.findings] == [("", 1), ("Rahmenvertrag", 1)]
    assert "worth 500.00 USD" in found.findings[1].message and "hubspot,opportunities,type" in found.findings[1].message


TYPES = ("newbusiness", "Neugeschäft", "Existing Business", "renewal", "Rahmenvertrag", "")


def test_an_amount_in_another_currency_than_its_row_is_set_aside(deals):
    rows = deals("1,A,closedwon,P,£9000,Renewal,2025-01-31,7", "2,A,closedwon,P,$125000,Renewal,2025-01-31,7")
    opportunities = rows["opportunities"].rows
    assert "'£9000' is not in USD" in opportunities["_reject"][0]
    assert opportunities.select("amount", "_reject").row(1) == ("125000", None)


def test_without_the_deals_own_amount_the_companys_counts_in_the_companys_currency(deals):
    header = DEALS.replace("Amount", "Amount in company currency") + ",Currency"
    rows = deals("1,A,closedwon,P,70,Renewal,2025-01-31,7,GBP", header=header, default_currency="EUR")
    assert rows["opportunities"].rows.select("amount", "currency").row(0) == ("70", "EUR")


def test_times_are_of_the_settings_zone_and_days_of_the_companys(deals):
    header = f"{DEALS},Create Date"
    line = "1,A,closedwon,P,5,Renewal,2025-01-31 23:30,7,2025-01-01 08:00"
    rows = deals(line, header=header, zone="Europe/Berlin", time_zone="America/New_York")["opportunities"].rows
    assert rows.select("created_at", "closed_on").row(0) == ("2025-01-01T13:00:00Z", "2025-02-01")


def test_local_days_are_proved_or_asked_about(deals):
    with pytest.raises(Refused, match=r"\[sources.hubspot\]"):
        deals("1,A,closedwon,P,5,Renewal,01/02/2025,7")
    rows = deals("1,A,closedwon,P,5,Renewal,01/02/2025,7", "2,A,closedwon,P,5,Renewal,31/01/2025,7")
    assert rows["opportunities"].rows["closed_on"].to_list() == ["2025-02-01", "2025-01-31"]


def test_contracts_are_won_deals_with_a_contracts_start():
    contracts = case("deals")["contracts"]
    assert contracts.is_derived
    assert contracts.rows.select("contract_id", "account_id", "starts_on", "ends_on", "value").rows() == [
        ("9200000001", ALPHA, "2023-12-16", "2025-12-15", "2400")
    ]


def test_tickets_are_escalations_by_pipeline_or_by_the_settings():
    found = case("tickets")
    assert found["escalations"].rows["severity"].to_list() == ["P1", "P0"]
    assert found["support_tickets"].rows["responded_at"].to_list() == ["2025-05-06T10:30:00Z"]
    by_priority = case("tickets", escalation_priority=["low"])
    assert by_priority["escalations"].rows["escalation_id"].to_list() == ["9300000002"]
    by_field = case("tickets", escalation_field={"field": "Ticket status", "values": ["New"]})
    assert by_field["escalations"].rows["escalation_id"].to_list() == ["9300000003"]


def test_tickets_without_an_escalation_pipeline_are_reported(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("Ticket ID,Ticket name,Create date,Associated Company IDs\n1,A,2025-01-01 10:00,7\n")
    found = read(path)
    assert found["escalations"].rows.is_empty()
    assert [f.code for f in found["escalations"].findings] == ["no_escalations"]


def test_a_reply_time_that_is_no_duration_puts_its_row_aside(tmp_path: Path):
    path = tmp_path / "t.csv"
    header = "Ticket ID,Ticket name,Create date,Time to first agent reply,Associated Company IDs"
    path.write_text(f"{header}\n1,A,2025-01-01 10:00,a while,7\n2,A,2025-01-01 10:00,3600000,7\n")
    conformed = conform(ENTITIES["support_tickets"], read(path)["support_tickets"].rows)
    assert conformed.quarantine["line_number"].to_list() == [2]
    assert str(conformed.rows["responded_at"][0]) == "2025-01-01 11:00:00"


def test_properties_of_the_company_are_named_in_the_settings(tmp_path: Path):
    path = tmp_path / "c.csv"
    path.write_text("Record ID,Company name,Territory,Spend\n1,Acme,EMEA,1234.50\n")
    columns = {"region": "territory", "accounts": {"category_spend": "Spend", "time_zone": "Zone"}}
    accounts = read(path, columns=columns)["accounts"]
    assert accounts.rows.select("region", "category_spend").row(0) == ("EMEA", "1234.50")
    assert [(finding.code, finding.value) for finding in accounts.findings] == [("field_not_exported", "Zone")]
    with pytest.raises(UserError, match="regio is no column"):
        read(path, columns={"regio": "Territory"})


def test_two_columns_of_one_name_that_differ_are_refused(deals):
    with pytest.raises(Refused, match="2 columns for 'amount' whose values differ"):
        deals("1,A,closedwon,P,5,Renewal,2025-01-31,7,6", header=f"{DEALS},Amount")
    assert deals("1,A,closedwon,P,5,Renewal,2025-01-31,7,5", header=f"{DEALS},Amount")["opportunities"].rows.height == 1


def test_contacts():
    contacts = case("contacts")["contacts"].rows
    assert contacts.select("contact_id", "account_id", "name", "title").row(0) == (
        *("9400000001", ALPHA, "Cleo Voss", "Chief Operating Officer"),
    )


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1.234", "70,50"], "comma"),
        (["1,234", "70.50"], "point"),
        (["1.234.567"], "comma"),
        (["9000"], "point"),
        (["1,234.5"], "point"),
    ],
)
def test_a_decimal_mark_is_proved_by_the_amounts(cells: list[str], mark: str):
    assert local_formats.decimal_mark([pl.Series(cells)], None, "hubspot") == mark


def test_a_decimal_mark_is_asked_about_where_nothing_proves_it():
    with pytest.raises(Refused, match=r"'1,234' has thousands or decimals"):
        local_formats.decimal_mark([pl.Series(["1,234", "5"])], None, "hubspot")
    assert local_formats.decimal_mark([pl.Series(["1,234", "5"])], "point", "hubspot") == "point"
    with pytest.raises(Refused, match="setting decimal is 'comma'"):
        local_formats.decimal_mark([pl.Series(["12.50"])], "comma", "hubspot")
    with pytest.raises(Refused, match="others a decimal comma"):
        local_formats.decimal_mark([pl.Series(["12.50", "12,50"])], None, "hubspot")


def test_workbooks_and_text_land_alike_with_every_row_accounted_for(home: Home):
    for path in sorted(CASE.glob("hubspot*.csv")):
        home.put(path.name, path.read_bytes())
    rows = [["Record ID", "Deal Name", "Deal Stage", "Amount", "Deal Type", "Close Date", "Associated Company IDs"]]
    rows += [[9_200_000_010, "Sheet", "Closed Won", 12.5, "Renewal", "2025-05-31 10:00", 9_100_000_001]]
    home.put("deals from a workbook.xlsx", workbook(export=rows, notes=[["made by", "me"]]))
    receipt = home.land()
    assert not receipt.refused and not receipt.unknown
    opportunities = home.rows("opportunities")
    assert opportunities.filter(opportunity_id="9200000010").select("account_id", "type", "is_won").row(0) == (
        *(ALPHA, "renewal", True),
    )
    counts = {file.file_name: file.entities for file in receipt.files}
    of_deals = counts["hubspot-crm-exports-all-deals-2025-06-30.csv"]["opportunities"]
    assert (of_deals.rows_read, of_deals.rows_landed, of_deals.rows_quarantined) == (4, 3, 1)
    assert sorted(counts["hubspot-crm-exports-all-tickets-2025-06-30.csv"]) == ["escalations", "support_tickets"]
    assert home.rows("accounts").height == 4 and home.rows("contracts").height == 1
