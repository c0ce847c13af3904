"""NetSuite transaction searches. The sample was made by hand to the header of the default search and usual labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from homes import Home

from pipelines.landing.connector import IncomingFile
from pipelines.landing.connectors.netsuite import CONNECTOR

CASE = Path(__file__).parents[2] / "samples" / "netsuite" / "case" / "TransactionSearchResults.csv"
EXPORT = CASE.read_text()
HEADER = "Internal ID,*,Date,Type,Document Number,Name,Amount,Item,Status\n"
USD = {"base_currency": "USD"}


def land(home: Home, text: str, name: str = "search.csv", **settings: Any) -> list[str]:
    """Lands a file and gives the codes of its findings; the file must not be refused."""
    home.sources["netsuite"] = USD | settings
    home.put(name, text)
    receipt = home.land()
    assert not receipt.refused, receipt.refused
    return [finding.code for finding in receipt.findings]


def active_lines(home: Home, *columns: str) -> list[tuple[str, ...]]:
    rows = home.rows("invoice_lines").filter(pl.col("_is_active")).select(columns).rows()
    return [tuple(map(str, row)) for row in rows]


def refusal(home: Home, text: str, **settings: Any) -> str:
    home.sources["netsuite"] = settings
    home.put("search.csv", text)
    (refused,) = home.land().refused
    return f"{refused.what} {refused.do}"


def test_lines_carry_the_money_and_main_lines_the_facts(home: Home):
    assert land(home, EXPORT) == ["rows_by_rule", "no_service_period"]
    counts = home.ledger().loads[0].entities
    assert list(counts) == ["invoice_lines"]
    assert (counts["invoice_lines"].rows_read, counts["invoice_lines"].rows_landed) == (11, 11)
    assert active_lines(home, "line_id", "product", "quantity", "amount", "service_start", "service_end") == [
        ("7001#2", "NetSuite Managed Service", "1.0000000000", "12000.00", "2025-05-01", "2025-05-31"),
        ("7002#2", "NetSuite Managed Service", "1.0000000000", "6000.00", "2025-06-01", "2025-06-30"),
        ("7002#3", "NetSuite Onboarding", "1.0000000000", "500.00", "None", "None"),
        ("7003#2", "NetSuite Managed Service", "None", "-1000.00", "2025-05-01", "2025-05-31"),
        ("7005#2", "NetSuite Managed Service", "1.0000000000", "0.00", "None", "None"),
    ]
    names = [
        "invoice_id",
        "kind",
        "status",
        "currency",
        "issued_on",
        "due_on",
        "paid_on",
        "_account_key",
        "_account_name",
    ]
    assert [tuple(map(str, row)) for row in home.rows("invoices").select(names).rows()] == [
        ("7001", "invoice", "paid", "USD", "2025-05-01", "2025-05-31", "2025-05-20", "1042", "NetSuite Alpha Inc"),
        ("7002", "invoice", "open", "USD", "2025-06-02", "2025-07-02", "None", "1043", "NetSuite Beta Ltd"),
        ("7003", "credit_note", "paid", "USD", "2025-06-15", "None", "None", "1042", "NetSuite Alpha Inc"),
        ("7005", "invoice", "void", "USD", "2025-06-25", "2025-07-25", "None", "1043", "NetSuite Beta Ltd"),
    ]
    notes = home.rows("invoice_lines").filter(~pl.col("_is_active"))["_note"].unique().sort().to_list()
    assert notes == [
        "main line of its transaction: the lines carry the money",
        "tax line",
        "type 'Journal' is no sales document",
    ]


def test_a_total_that_is_not_the_sum_is_a_finding(home: Home):
    assert "total_differs" in land(home, EXPORT.replace("37700.00", "37000.00"))


def test_amounts_are_in_the_base_currency_unless_the_search_has_both(home: Home):
    assert 'write base_currency = "USD"' in refusal(home, EXPORT)
    own = EXPORT.replace("Amount", "Amount (Foreign Currency)").replace(",Memo,", ",Currency,")
    for memo in ("May services", "Managed desk", "VAT", "June services", "Onboarding", "Less hours"):
        own = own.replace(f",{memo},", ",eur,")
    land(home, own, name="own.csv")
    of_own = home.rows("invoices").filter(pl.col("_file_name") == "own.csv")
    assert of_own["currency"].to_list()[:3] == ["EUR", "EUR", "EUR"]


def test_an_undecidable_date_order_is_asked_for(home: Home):
    text = HEADER + "1,*,5/6/2025,Invoice,I1,Acme,10,,Open\n1,,5/6/2025,Invoice,I1,Acme,10,Care,Open\n"
    assert 'date_order = "dmy"' in refusal(home, text, **USD)


def test_lines_of_the_other_sign_are_turned_to_their_main_lines(home: Home):
    rows = ["1,*,5/16/2025,Invoice,I1,Acme,10,,Open", "1,,5/16/2025,Invoice,I1,Acme,-10,Care,Open"]
    rows += ["2,*,5/16/2025,Credit Memo,C1,Acme,4,,Open", "2,,5/16/2025,Credit Memo,C1,Acme,4,Care,Open"]
    land(home, HEADER + "\n".join(rows))
    assert active_lines(home, "line_id", "amount") == [("1#2", "10.00"), ("2#2", "-4.00")]


@pytest.mark.parametrize(
    ("total", "expected", "finding"),
    [
        ("10", [("1#2", "10.00")], False),
        ("20", [("1#2", "10.00"), ("1#3", "10.00")], False),
        ("23", [("1#2", "10.00"), ("1#3", "10.00")], True),
    ],
)
def test_identical_lines_are_repeats_only_where_the_main_line_needs_one(
    home: Home, total: str, expected: list[tuple[str, str]], finding: bool
):
    line = "1,,5/16/2025,Invoice,I1,Acme,10,Care,Open\n"
    codes = land(home, f"{HEADER}1,*,5/16/2025,Invoice,I1,Acme,{total},,Open\n{line}{line}")
    assert active_lines(home, "line_id", "amount") == expected
    assert ("repeated_lines" in codes) is finding
    assert home.ledger().loads[0].entities["invoice_lines"].rows_duplicate == 2 - len(expected)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Invoice", "invoice"), ("Cash Sale", "invoice"), ("Credit Memo", "credit_note"), ("Cash Refund", "credit_note")],
)
def test_types_that_are_revenue(home: Home, word: str, kind: str):
    land(home, f"{HEADER}1,*,5/16/2025,{word},I1,Acme,10,,Open\n1,,5/16/2025,{word},I1,Acme,10,Care,Open")
    assert home.rows("invoices")["kind"].to_list() == [kind]
    assert active_lines(home, "amount") == [("10.00" if kind == "invoice" else "-10.00",)]


@pytest.mark.parametrize("word", ["Journal", "Customer Refund", "Payment", "Sales Order"])
def test_types_that_are_no_revenue_are_landed_and_marked(home: Home, word: str):
    codes = land(home, f"{HEADER}1,,5/16/2025,{word},J1,Acme,10,Care,Open\n2,,5/16/2025,Invoice,I1,Acme,9,Care,Open")
    assert active_lines(home, "amount") == [("9.00",)]
    assert home.rows("invoice_lines")["_note"].to_list() == [f"type '{word}' is no sales document", None]
    assert "unknown_type" not in codes


def test_identical_lines_land_with_a_finding_where_there_is_no_main_line(home: Home):
    line = "1,,5/16/2025,Invoice,I1,Acme,10,Care,Open\n"
    assert "repeated_lines" in land(home, f"{HEADER}{line}{line}")
    assert active_lines(home, "line_id", "amount") == [("1#1", "10.00"), ("1#2", "10.00")]


def test_renamed_labels_are_settings_and_missing_ones_name_them(home: Home):
    text = EXPORT.replace("Name,Status", "Client,Status")
    assert "columns.<name> under [sources.netsuite]" in refusal(home, text, **USD)
    land(home, text, columns={"name": "Client"})
    assert home.rows("invoices").height == 4
    home.sources["netsuite"] = USD | {"columns": {"name": "Klient"}}
    refused = home.land("third").refused
    assert refused and "columns.name" in refused[0].what and "Client" in refused[0].what


def test_main_lines_alone_are_refused(home: Home):
    mains = "\n".join(line for line in EXPORT.splitlines() if "*," in line)
    assert "main lines only" in refusal(home, mains, **USD)


def test_a_name_is_split_only_where_every_name_has_a_number(home: Home):
    rows = ["1,*,5/16/2025,Invoice,I1,24 Hour Gym,10,,Open", "1,,5/16/2025,Invoice,I1,24 Hour Gym,10,Care,Open"]
    land(
        home, HEADER + "\n".join([*rows, *(row.replace("1,", "2,", 1).replace("24 Hour Gym", "Acme") for row in rows)])
    )
    assert home.rows("invoices").select("_account_key", "_account_name").rows() == [
        ("24 Hour Gym", "24 Hour Gym"), ("Acme", "Acme"),
    ]  # fmt: skip


def test_of_sub_customers_a_setting_says_whose_name_counts(home: Home):
    rows = ["1,*,5/16/2025,Invoice,I1,7 Acme : 8 Acme West,10,,Open", "1,,5/16/2025,Invoice,I1,7 Acme,10,Care,Open"]
    land(home, HEADER + "\n".join(rows), sub_customer_account="child")
    assert home.rows("invoices").select("_account_key", "_account_name").rows() == [("8", "Acme West")]


def test_an_unknown_type_is_landed_marked_and_named(home: Home):
    text = HEADER + "1,*,5/16/2025,Rebate,I1,Acme,10,,Open\n1,,5/16/2025,Rebate,I1,Acme,10,Care,Open\n"
    assert "unknown_type" in land(home, text)
    assert active_lines(home, "line_id") == []
    home.put("map_values.csv", "source,entity,column,value,mapped\nnetsuite,invoices,kind,rebate,invoice\n")
    home.land("second")
    assert active_lines(home, "line_id") == [("1#2",)]


def test_rows_without_an_id_or_cut_off_are_quarantined(home: Home):
    rows = [
        "1,*,5/16/2025,Invoice,I1,Acme,x,,Open",
        "1,,5/16/2025,Invoice,I1,Acme,x,Care,Open",
        ",,5/16/2025,Invoice,,A,1,C,",
        "1,,5",
    ]
    land(home, HEADER + "\n".join(rows))
    home.assert_accounted()
    assert len(home.quarantine()) >= 3


def test_other_tables_are_not_claimed(tmp_path: Path):
    for header in ("a,*,b", "Internal ID,Name,Amount", "", '"', "*,Name"):
        path = tmp_path / "x.csv"
        path.write_text(header)
        assert CONNECTOR.recognise(IncomingFile(path, "x.csv", "", 0)) is None
    assert CONNECTOR.recognise(IncomingFile(CASE, CASE.name, "", 0))
