"""Mapping files: other systems' CSV and XLSX. There is no standard export of a VMS; the sample was made by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from homes import Home, workbook
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import UserError
from pipelines.landing.connector import IncomingFile
from pipelines.landing.connectors import CONNECTORS
from pipelines.landing.mapped import MappedConnector
from pipelines.landing.mapped.definition import read_mapping
from pipelines.landing.registry import connectors_of

SAMPLES = Path(__file__).parents[2] / "samples" / "mapped"
VMS = (SAMPLES / "mappings" / "talent_vms.toml").read_text()
EXPORT = (SAMPLES / "case" / "talent_vms_2025-05.csv").read_text()
CRM = """
match = { headers = ["Key", "Company"] }
[entity.accounts]
account_id = "Key"
name = "Company"
"""


def write(home: Home, name: str, text: str) -> None:
    home.mappings.mkdir(exist_ok=True)
    (home.mappings / f"{name}.toml").write_text(text)


def problem(home: Home, text: str, name: str = "my_crm") -> str:
    write(home, name, text)
    with pytest.raises(UserError) as caught:
        home.land()
    assert f"{name}.toml" in str(caught.value)
    return str(caught.value)


def only(rows: list[Any]) -> Any:
    assert len(rows) == 1, rows
    return rows[0]


def counts(home: Home) -> dict[str, tuple[int, int, int, int]]:
    load = home.ledger().loads[-1]
    return {
        name: (each.rows_read, each.rows_landed, each.rows_duplicate, each.rows_quarantined)
        for name, each in load.entities.items()
    }


def test_a_vms_export_becomes_lines_and_invoices(home: Home):
    write(home, "talent_vms", VMS)
    home.put("talent_vms_2025-05.csv", EXPORT)
    receipt = home.land()
    assert not receipt.refused
    lines = home.rows("invoice_lines")
    shown = lines.select("line_id", "amount", "service_start", "_note", "_line_number").rows()
    assert [tuple(map(str, row)) for row in shown] == [
        ("TV-1-WO-7-1", "12000.00", "2025-05-01", "None", "4"),
        ("TV-1-WO-7-2", "500.50", "None", "None", "5"),
        ("TV-2-WO-9-1", "6000.00", "2025-06-01", "None", "6"),
        ("TV-3-WO-9-1", "6000.00", "2025-07-01", "not yet approved", "7"),
    ]
    names = ["invoice_id", "status", "currency", "paid_on", "_account_key", "_account_name"]
    assert [tuple(map(str, row)) for row in home.rows("invoices").select(names).rows()] == [
        ("TV-1", "paid", "USD", "2025-05-20", "C-100", "Mapped Alpha Inc"),
        ("TV-2", "open", "USD", "None", "C-200", "Mapped Beta Ltd"),
        ("TV-3", "draft", "USD", "None", "C-200", "Mapped Beta Ltd"),
    ]
    assert set(lines["_source"]) == {"talent_vms"} and lines["_is_document"].all()
    assert counts(home) == {"invoice_lines": (4, 4, 0, 0)}
    assert {finding.code for finding in receipt.findings} == {"rows_by_rule"}


def test_the_worked_example_of_the_docs_is_the_tested_one():
    text = (Path(__file__).parents[3] / "docs" / "connectors" / "mapped.md").read_text()
    assert EXPORT.strip() in text
    documented = text.partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(documented) == tomllib.loads(VMS)


def test_a_total_that_is_not_the_sum_of_its_rows_says_by_how_much(home: Home):
    write(home, "talent_vms", VMS)
    home.put("talent_vms_x.csv", EXPORT.replace("24.500,50", "24.600,50"))
    finding = only([f for f in home.land().findings if f.code == "total_differs"])
    assert "100.00 differ" in finding.message and "line 8" in finding.message


def test_group_totals_count_the_rows_since_the_last_one(home: Home):
    rules = (
        '\n[[rows]]\nname="t"\ncolumn="Key"\nequals=["Sum", "End"]\ntreat="drop"\ntotal_of="N"\ntotal_over="group"\n'
    )
    write(home, "my_crm", 'match = { file = "c*.csv" }' + rules + '[entity.accounts]\naccount_id="Key"\nname="Key"\n')
    home.put("c.csv", "Key,N\na,1\nb,2\nSum,3\nc,5\nSUM,4\n")
    finding = only([f for f in home.land().findings if f.code == "total_differs"])
    assert finding.message.startswith("line 6: the total of N is 4, its rows add up to 5")


def test_mapping_files_are_asked_before_the_built_in_connectors(home: Home):
    write(home, "my_crm", CRM)
    home.put("accounts.csv", "account_id,name,Key,Company\nx,X,1,One\n")
    home.land()
    assert home.rows("accounts").select("account_id", "_source").rows() == [("1", "my_crm")]
    assert list(connectors_of(home)) == ["my_crm", *CONNECTORS]


def test_a_changed_mapping_lands_its_files_again_and_others_not(home: Home):
    write(home, "my_crm", CRM)
    home.put("export.csv", "Key,Company,Trade\n1,One,Mining\n")
    home.put("users.csv", "user_id,name\nu,U\n")
    home.land()
    write(home, "my_crm", CRM + 'industry = "Trade"\n')
    receipt = home.land("second")
    assert [file.file_name for file in receipt.files] == ["export.csv"]
    assert home.rows("accounts")["industry"].to_list() == ["Mining"]
    assert home.land("third").files == []


def test_rows_stay_when_their_mapping_file_is_gone(home: Home):
    write(home, "my_crm", CRM)
    home.put("export.csv", "Key,Company\n1,One\n")
    home.land()
    (home.mappings / "my_crm.toml").unlink()
    receipt = home.land("second")
    assert only(receipt.findings).code == "mapping_file_gone"
    assert home.rows("accounts")["account_id"].to_list() == ["1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("match = {", ["no valid TOML"]),
        ("match = { file = 'a' }", ["entity is missing"]),
        (CRM + "frobs = 'x'", ["[entity.accounts] frobs", "Use one of: account_id"]),
        (CRM + "industri = 'x'", ["Perhaps industry is meant"]),
        (CRM.replace("accounts", "acounts"), ["[entity.acounts]", "Perhaps accounts is meant"]),
        (CRM.replace('name = "Company"', ""), ["[entity.accounts] lacks name"]),
        ("delimeter = ';'\n" + CRM, ["delimeter: unknown key", "Perhaps delimiter"]),
        ("date_order = 'day_first'\n" + CRM, ["date_order"]),
        (CRM.replace("headers", "header"), ["match.header: unknown key", "file, headers"]),
        (CRM.replace('headers = ["Key", "Company"]', ""), ["match", "give file"]),
        (CRM + "industry = { colum = 'x' }", ["industry.colum: unknown key", "Perhaps column"]),
        (CRM + "industry = { column = 'x', constant = 'y' }", ["industry", "give one of column, join, constant"]),
        (CRM + "[[rows]]\nname = 't'\ncolumn = 'Key'\ntreat = 'drop'", ["rows.0", "give one of empty"]),
        (CRM.replace("[entity.accounts]", "[entity.map_values]"), ["map_values"]),
        (CRM + "[entity.action_items]\nitem_id = 'a'\nadded_on = 'b'", ["account_id (or account_key"]),
    ],
)  # fmt: skip
def test_an_unusable_mapping_names_the_file_the_key_and_what_is_known(home: Home, text: str, words: list[str]):
    message = problem(home, text)
    assert all(word in message for word in words), message


def test_a_mapping_may_not_take_a_built_in_name_or_one_that_cannot_stand_in_settings(home: Home):
    assert "connector of Tenure's own" in problem(home, CRM, "stripe")
    (home.mappings / "stripe.toml").unlink()
    assert "small letters" in problem(home, CRM, "My CRM")


def test_a_renamed_column_refuses_the_file_with_the_nearest(home: Home):
    write(home, "my_crm", CRM.replace('{ headers = ["Key", "Company"] }', '{ file = "crm*.csv" }'))
    home.put("crm.csv", "Key,Company name\n1,One\n")
    refusal = only(home.land().refused)
    assert "Company" in refusal.what and "'Company name'" in refusal.what and "mappings/my_crm.toml" in refusal.do


def test_an_undecidable_date_order_is_asked_for(home: Home):
    write(home, "my_crm", CRM + 'created_on = "Since"\n')
    home.put("x.csv", "Key,Company,Since\n1,One,03/04/2025\n")
    assert "date_order" in only(home.land().refused).do
    home.sources["my_crm"] = {"date_order": "mdy"}
    home.land("second")
    assert str(home.rows("accounts")["created_on"][0]) == "2025-03-04"


def test_a_row_lands_once_in_the_first_entity_whose_conditions_it_meets(home: Home):
    text = """
match = { file = "feed*.csv" }
account_key = "Client"
[entity.escalations]
where = { column = "Type", equals = "Escalation" }
escalation_id = "Id"
severity = { column = "Prio", values = { High = "P1" }, otherwise = "P3", default = "P2" }
opened_at = { column = "At", format = "%Y%m%d %H%M" }
[entity.support_tickets]
where = { column = "Type", starts_with = ["Tick", "Request"] }
ticket_id = "Id"
opened_at = { column = "At", format = "%Y%m%d %H%M" }
"""
    write(home, "desk", "time_zone = 'Europe/Berlin'\n" + text)
    rows = ["1,Escalation,high,20250701 1200", "2,escalation,Low,20250101 0000", "3,Escalation,,20250101 0000"]
    rows += ["4,Ticket,,20250701 1200", "5,Request,,noon", "6,Note,,", "7,Note"]
    home.put("feed.csv", "Id,Type,Prio,At,Client\n" + "".join(f"{row},A\n" for row in rows))
    home.land()
    assert counts(home) == {"escalations": (5, 4, 0, 1), "support_tickets": (2, 1, 0, 1)}
    severities = home.rows("escalations").select("escalation_id", "severity", "_is_active").rows()
    assert severities == [("1", "P1", True), ("2", "P3", True), ("3", "P2", True), ("6", "P2", False)]
    assert str(home.rows("support_tickets")["opened_at"][0]) == "2025-07-01 10:00:00"
    assert [row["line_number"] for row in home.quarantine()] == [8, 6]


def test_the_companys_own_words_go_before_the_mapping_files(home: Home):
    write(home, "talent_vms", VMS)
    home.put("map_values.csv", "source,entity,column,value,mapped\ntalent_vms,invoices,status,approved,void\n")
    home.put("talent_vms_1.csv", EXPORT)
    home.land()
    assert home.rows("invoices")["status"].to_list() == ["paid", "void", "draft"]


def test_a_workbook_is_read_from_its_sheet(home: Home):
    write(home, "my_crm", "sheet = 'Clients'\n" + CRM)
    home.put("x.xlsx", workbook(Notes=[["hello"]], Clients=[["Report"], ["Key", "Company"], [7, "Seven"]]))
    home.put("y.xlsx", workbook(Notes=[["hello"]]))
    receipt = home.land()
    assert home.rows("accounts").select("account_id", "name").rows() == [("7", "Seven")]
    assert only(receipt.unknown).file_name == "y.xlsx"


def test_sheets_that_are_not_read_are_named(home: Home):
    write(home, "my_crm", CRM)
    home.put("x.xlsx", workbook(Clients=[["Key", "Company"], [7, "Seven"]], Other=[["Key", "Company"], [8, "Eight"]]))
    assert "Other" in only(home.land().findings).message


def test_numbers_turn_their_sign_and_truths_their_words(home: Home):
    text = """
match = { file = "opp*.csv" }
account_hint = "Account"
default_currency = "EUR"
[entity.opportunities]
opportunity_id = { join = ["Region", "No"], separator = "/" }
type = { constant = "new" }
is_closed = "Closed"
is_won = "Won"
amount = { column = "Amount", negate = true }
"""
    write(home, "pipeline", text)
    home.put(
        "opp.csv", 'Region,No,Account,Closed,Won,Amount\nEU,1,a,Yes,0,"-1,250.50"\n,2,a,N,no,3\nEU,3,a,maybe,no,3\n'
    )
    home.land()
    rows = home.rows("opportunities").select("opportunity_id", "is_closed", "is_won", "amount", "currency")
    assert [tuple(map(str, row)) for row in rows.rows()] == [
        ("EU/1", "True", "False", "1250.50", "EUR"), ("2", "False", "False", "-3.00", "EUR"),
    ]  # fmt: skip
    assert "is_closed 'maybe' is not true or false" in only(home.quarantine())["reason"]


def test_the_default_currency_stands_for_cells_without_one(home: Home):
    text = """
match = { file = "bills*.csv" }
account_hint = "Account"
[entity.invoices]
invoice_id = "No"
kind = { constant = "invoice" }
status = { constant = "open" }
issued_on = "Day"
"""
    write(home, "pipeline", text)
    home.put("bills.csv", "No,Account,Day,Money\n1,a,2025-01-31,gbp\n2,a,2025-01-31,\n")
    assert 'default_currency = "USD"' in only(home.land().refused).do
    home.sources["pipeline"] = {"default_currency": "EUR"}
    home.land("second")
    assert home.rows("invoices")["currency"].to_list() == ["EUR", "EUR"]
    write(home, "pipeline", text + 'currency = "Money"\n')
    home.land("third")
    assert home.rows("invoices")["currency"].to_list() == ["GBP", "EUR"]


@given(content=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".xlsx", ".txt"]))
def test_no_bytes_make_recognition_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "my_crm.toml").write_text(CRM)
    (folder / f"x{suffix}").write_bytes(content)
    file = IncomingFile(folder / f"x{suffix}", f"x{suffix}", "0" * 64, len(content))
    assert MappedConnector(read_mapping(folder / "my_crm.toml")).recognise(file) is None
