"""Salesforce report exports. The samples were made by hand to the labels and footers documented for "Details Only"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from homes import Home, workbook

from pipelines.errors import UserError
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors.salesforce import SalesforceConnector
from pipelines.landing.connectors.salesforce.report_labels import recognise

SAMPLES = Path(__file__).parents[2] / "samples" / "salesforce" / "report"
ACCOUNTS, DEALS = SAMPLES / "report1750000000001.csv", SAMPLES / "report1750000000002.csv"
ALPHA, BERLIN = "0015E00001repAAQAY", "0015E00001repBBQAY"


def read(path: Path, **settings: Any) -> dict[str, Extract]:
    file = IncomingFile(path, path.name, "0" * 64, path.stat().st_size)
    source = SourceContext(settings, "USD", "Europe/Berlin")
    return {extract.entity: extract for extract in SalesforceConnector().read(file, source)}


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "report.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def codes(extract: Extract) -> list[str]:
    return [finding.code for finding in extract.findings]


@pytest.mark.parametrize(
    ("name", "report"),
    [
        (ACCOUNTS.name, "Account"),
        (DEALS.name, "Opportunity"),
        ("cases.csv", "Case"),
        ("activities.csv", "Activity"),
        ("contacts.csv", "Contact"),
        ("contracts.csv", "Contract"),
    ],
)
def test_a_report_is_recognised_by_its_labels(name: str, report: str):
    path = SAMPLES / name
    why = SalesforceConnector().recognise(IncomingFile(path, path.name, "0" * 64, path.stat().st_size))
    assert why == f"its header is that of a Salesforce report ({report})"


@pytest.mark.parametrize(
    "header", [["Record Id", "Deal Name", "Account Name.id"], ["Account Name", "Total"], ["Last Name", "Email"], []]
)
def test_other_headers_are_no_reports(header: list[str]):
    assert recognise(header) is None


def test_accounts_with_long_ids_parents_by_name_and_owners_by_name():
    found = read(ACCOUNTS)
    columns = ("account_id", "parent_account_id", "owner_id", "country", "billing_currency", "created_on")
    assert found["accounts"].rows.select(columns).rows() == [
        (ALPHA, None, "Rae Port", "GB", "GBP", "2022-12-31"),
        (BERLIN, ALPHA, "Rae Port", "DE", "EUR", "2023-02-01"),
    ]
    assert found["users"].is_derived
    assert found["users"].rows.select("user_id", "name").rows() == [("Rae Port", "Rae Port")]
    assert codes(found["accounts"]) == ["report_layout", "owners_by_name"]
    assert found["accounts"].findings[0].rows == 5


def test_opportunities_in_their_own_currency_with_the_account_by_name():
    deals = read(DEALS)["opportunities"]
    columns = ("_account_name", "amount", "currency", "is_closed", "is_won", "closed_on", "type")
    assert deals.rows.select(columns).rows() == [
        ("Report Alpha Ltd", "1234.50", "GBP", "true", "true", "2025-01-31", "new"),
        ("Report Alpha Berlin", "500.00", "EUR", "false", "false", None, "expansion"),
        ("Report Alpha Ltd", "70.00", "GBP", "true", "false", "2025-02-15", "renewal"),
    ]
    assert deals.rows["created_at"][0] == "2025-01-01T23:00:00Z", "a day without a time begins in the user's zone"
    assert "the amount '$70.00' is not in GBP" in deals.rows["_reject"][2]


def test_a_count_that_differs_from_the_grand_totals_is_a_finding():
    findings = {finding.code: finding for finding in read(DEALS)["opportunities"].findings}
    assert "count 4 records, the file has 3: 1 too few" in findings["report_total_differs"].message
    assert "report_without_total" in codes(read(SAMPLES / "cases.csv", date_order="mdy")["escalations"])


def test_a_total_of_money_is_reconciled(tmp_path: Path):
    head, row = '"Opportunity ID","Account ID","Stage","Amount"', '"0065E00001repAA","0015E00001repAA","Open","10.50"'
    right, wrong = ('"Grand Totals (1 record)","","","10.50"', '"Grand Totals (1 record)","","","12.00"')
    assert codes(read(written(tmp_path, head, row, right))["opportunities"]) == [
        "report_layout",
        "unmapped_opportunity_type",
    ]
    findings = read(written(tmp_path, head, row, wrong))["opportunities"].findings
    assert ["1.50 apart" in finding.message for finding in findings if finding.code == "report_total_differs"] == [True]


def test_cases_keep_times_and_ids_go_before_names():
    found = read(SAMPLES / "cases.csv")
    case = found["escalations"].rows.row(0, named=True)
    assert (case["opened_at"], case["severity"]) == ("2025-06-13T13:26:00Z", "P1")
    assert (case["account_id"], case["_account_name"]) == (ALPHA, None)
    ticket = found["support_tickets"].rows.row(0, named=True)
    assert (ticket["account_id"], ticket["_account_name"]) == (None, "Report Alpha Berlin")


def test_tasks_and_events_of_one_report_are_told_by_their_ids():
    path = SAMPLES / "activities.csv"
    file = IncomingFile(path, path.name, "0" * 64, path.stat().st_size)
    extracts = SalesforceConnector().read(file, SourceContext({}, "USD", "UTC"))
    activities = [extract.rows.row(0, named=True) for extract in extracts if extract.entity == "activities"]
    assert [(each["type"], each["happened_at"], each["user_id"]) for each in activities] == [
        ("call", "2025-06-13T00:00:00Z", "Rae Port"),
        ("qbr", "2025-06-20T00:00:00Z", "Rae Port"),
    ]


def test_contacts_and_contracts():
    contact = read(SAMPLES / "contacts.csv")["contacts"].rows.row(0, named=True)
    assert (contact["name"], contact["title"], contact["_account_name"]) == ("Clara Voss", "CFO", "Report Alpha Ltd")
    contract = read(SAMPLES / "contracts.csv")["contracts"].rows.row(0, named=True)
    assert (contract["starts_on"], contract["ends_on"]) == ("2024-01-01", "2025-12-31")


def test_an_account_report_without_ids_is_refused_with_the_column_to_add(tmp_path: Path):
    with pytest.raises(Refused, match="lacks the column Account ID") as refusal:
        read(written(tmp_path, '"Account Name","Account Owner"', '"Acme","Rae Port"'))
    assert "Add it to the report" in refusal.value.do


def test_an_undecidable_day_is_asked_about(tmp_path: Path):
    lines = ('"Account ID","Account Name","Created Date"', '"0015E00001repAA","Acme","1/2/2023"')
    with pytest.raises(Refused, match=r"\[sources.salesforce\]"):
        read(written(tmp_path, *lines))
    accounts = read(written(tmp_path, *lines), date_order="mdy")["accounts"]
    assert accounts.rows["created_on"].to_list() == ["2023-01-02"]
    with pytest.raises(UserError, match="date_order"):
        read(written(tmp_path, *lines), date_order="month_first")


def test_decimal_commas_are_proved_or_set(tmp_path: Path):
    head = '"Opportunity ID","Account ID","Stage","Amount","Closed","Won"'
    doubtful = '"0065E00001repAA","0015E00001repAA","Open","1.234","0","0"'
    proof = '"0065E00001repBB","0015E00001repAA","Open","70,50","0","0"'
    with pytest.raises(Refused, match="decimal ="):
        read(written(tmp_path, head, doubtful))
    amounts = read(written(tmp_path, head, doubtful, proof))["opportunities"].rows["amount"]
    assert amounts.to_list() == ["1234", "70.50"]


def test_a_stage_that_sounds_closed_and_is_not_known_is_asked_about(tmp_path: Path):
    lines = ('"Opportunity ID","Account ID","Stage"', '"0065E00001repAA","0015E00001repAA","Closed - Signed"')
    with pytest.raises(Refused, match="Closed - Signed"):
        read(written(tmp_path, *lines))


def test_the_companys_closed_stages_are_settings(tmp_path: Path):
    head, row = '"Opportunity ID","Account ID","Stage"', '"0065E00001repA{}","0015E00001repAA","{}"'
    stages = [
        row.format(letter, stage) for letter, stage in zip("ABC", ("Closed - Signed", "Gone", "Open"), strict=True)
    ]
    path = written(tmp_path, head, *stages)
    deals = read(path, won_stages=["closed - signed"], lost_stages="Gone")["opportunities"].rows
    assert deals.select("is_closed", "is_won").rows() == [("true", "true"), ("true", "false"), ("false", "false")]


def test_totals_are_reconciled_with_a_decimal_comma_too(tmp_path: Path):
    head, row = (
        '"Opportunity ID","Account ID","Stage","Amount"',
        '"0065E00001repAA","0015E00001repAA","Open","1.010,50"',
    )
    found = read(written(tmp_path, head, row, '"Grand Totals (1 record)","","","1.012,00"'))["opportunities"].findings
    assert ["1.50 apart" in finding.message for finding in found if finding.code == "report_total_differs"] == [True]


def test_labels_of_the_company_name_fields_of_its_own(tmp_path: Path):
    lines = ('"Konto-ID","Account Name","Account Owner","Gebiet"', '"0015E00001repAA","Acme","Rae Port","DACH"')
    labels = {"Konto-ID": "Id", "Gebiet": "Region__c"}
    found = read(written(tmp_path, *lines), labels=labels, fields={"Account": {"region": "Region__c"}})["accounts"]
    assert found.rows.select("account_id", "region").rows() == [(ALPHA, "DACH")]


@pytest.mark.parametrize("columns", [{"region": "Gebiet"}, {"accounts": {"region": "Gebiet"}, "region": "Other"}])
def test_columns_name_the_label_that_holds_a_canonical_column(tmp_path: Path, columns: dict[str, Any]):
    lines = ('"Account ID","Account Name","Account Owner","Gebiet"', '"0015E00001repAA","Acme","Rae Port","DACH"')
    found = read(written(tmp_path, *lines), columns=columns)["accounts"]
    assert found.rows["region"].to_list() == ["DACH"]


def test_a_client_called_total_is_a_row(tmp_path: Path):
    lines = ('"Account Name","Account ID"', '"Total","0015E00001repAA"', '"Total",""', '"Generated By: me"')
    accounts = read(written(tmp_path, *lines))["accounts"]
    assert accounts.rows["name"].to_list() == ["Total"]


def test_a_report_lands_with_every_row_accounted_for(home: Home):
    for path in sorted(SAMPLES.glob("*.csv")):
        home.put(path.name, path.read_bytes())
    home.put(
        "report.xlsx",
        workbook(
            report=[["Account ID", "Account Name", "Account Owner"], ["0015E00001repDD", "Acme", "Rae Port"]],
        ),
    )
    receipt = home.land()
    assert not receipt.refused and not receipt.unknown
    read_rows = {file.file_name: sum(count.rows_read for count in file.entities.values()) for file in receipt.files}
    assert read_rows[ACCOUNTS.name] == 2 and read_rows[DEALS.name] == 3 and read_rows["cases.csv"] == 2
    assert read_rows["activities.csv"] == 2 and read_rows["report.xlsx"] == 1
    assert [row["line_number"] for row in home.quarantine()] == [4]
    assert home.rows("accounts").height == 3
