"""QuickBooks Online's sales reports. The samples were made by hand to the documented headers of both layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from homes import Home, workbook

from pipelines.errors import UserError
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors import CONNECTORS

SAMPLES = Path(__file__).parents[2] / "samples" / "quickbooks"
QUICKBOOKS = CONNECTORS["quickbooks"]
USD = {"home_currency": "USD"}


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, **settings: Any) -> dict[str, Extract]:
    extracts = QUICKBOOKS.read(incoming(path), SourceContext(USD | settings))
    return {extract.entity: extract for extract in extracts}


def sample(name: str, **settings: Any) -> dict[str, Extract]:
    return read(SAMPLES / name, **settings)


def changed(tmp_path: Path, *changes: tuple[str, str], name: str = "classic.csv") -> Path:
    text = (SAMPLES / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / name
    path.write_text(text)
    return path


def rows(extract: Extract, *columns: str) -> list[tuple[Any, ...]]:
    return extract.rows.select(columns).rows()


def findings(found: dict[str, Extract]) -> dict[str, str]:
    return {finding.code: finding.message for finding in found["invoice_lines"].findings}


def test_classic_report_gives_its_rows_and_leaves_out_titles_groups_totals_and_footer():
    found = sample("classic.csv")
    assert rows(found["invoice_lines"], "line_id", "product", "quantity", "amount", "_is_active", "_line_number") == [
        ("2001#1", "Tree removal", "1", "2000.00", True, 7),
        ("2001#2", "Pruning", "2", "650.00", True, 8),
        ("Credit Memo 2003#1", "Pruning", None, "-50.00", True, 9),
        ("Estimate 2004#1", "Pruning", "1", "100.00", False, 10),
        ("Sales Receipt 2002#1", "Pruning", "1", "600.00", True, 14),
        ("2005#1", "Pruning", "0", "0.00", True, 16),
    ]
    assert rows(found["invoices"], "invoice_id", "kind", "status", "issued_on", "_account_key") == [
        ("2001", "invoice", "paid", "2026-03-02", "Mike Sanderson"),
        ("Credit Memo 2003", "credit_note", "paid", "2026-05-01", "Mike Sanderson"),
        ("Sales Receipt 2002", "invoice", "paid", "2026-04-03", "Hill Farms:North Orchard"),
        ("2005", "invoice", "void", "2026-04-04", "Hill Farms"),
    ]
    assert found["invoices"].is_derived and found["invoices"].is_document and found["invoice_lines"].is_document
    assert str(found["invoice_lines"].exported_at) == "2026-09-02 06:27:00"
    counted = "1 TOTAL lines, 1 footer lines, 3 headings of customers, 3 title lines, 4 totals of customers"
    assert counted in findings(found)["layout_lines"]
    assert "total_differs" not in findings(found)


def test_new_layout_with_counts_behind_names_and_open_balances():
    found = sample("new_layout.csv")
    assert rows(found["invoices"], "invoice_id", "_account_key", "status", "due_on") == [
        ("2001", "Mike Sanderson", "paid", "2026-04-01"),
        ("2006", "Mike Sanderson", "open", "2026-04-27"),
    ]
    assert "total_differs" not in findings(found)


def test_workbook_gives_the_same_rows_as_the_csv(tmp_path: Path):
    head = ["", "Date", "Transaction Type", "Num", "Product/Service", "Memo/Description", "Qty", "Amount", "Balance"]
    sheet = [
        ["Sales by Customer Detail"],
        ["Ridgeline Tree Co"],
        [],
        head,
        ["Mike Sanderson"],
        ["", "03/22/2026", "Invoice", 2001, "Tree removal", "Oak removal", 1, 2000.0, 2000.0],
        ["Total for Mike Sanderson", "", "", "", "", "", "", 2000.0],
        ["TOTAL", "", "", "", "", "", "", 2000.0],
        ["Accrual Basis Wednesday, September 02, 2026 01:27 AM GMT-05:00"],
    ]
    path = tmp_path / "Sales by Customer Detail.xlsx"
    path.write_bytes(workbook(Sheet1=sheet))
    assert QUICKBOOKS.recognise(incoming(path))
    found = read(path)
    assert rows(found["invoice_lines"], "line_id", "amount") == [("2001#1", "2000")]
    assert rows(found["invoices"], "issued_on", "_account_key") == [("2026-03-22", "Mike Sanderson")]


def test_group_or_grand_total_that_differs_says_by_how_much(tmp_path: Path):
    path = changed(tmp_path, ('"$2,700.00"', '"$2,750.00"'))
    assert (
        "'Total for Mike Sanderson' is 2750.00, its rows add up to 2700.00: they differ by 50.00"
        in (findings(read(path))["total_differs"])
    )
    path = changed(tmp_path, ('"$3,300.00"', '"$3,299.99"'))
    assert (
        "'TOTAL' is 3299.99, its rows add up to 3300.00: they differ by -0.01" in findings(read(path))["total_differs"]
    )


@pytest.mark.parametrize(
    ("last_kept", "message"),
    [
        ("Pruning,Refund", "TOTAL is missing"),
        ("$600.00,\n", "the group 'Hill Farms' has no total line"),
        ("Total for Hill Farms with sub-customers,,,,,,,,$600.00,\n", "TOTAL is missing"),
    ],
)
def test_report_that_is_cut_off_is_refused(tmp_path: Path, last_kept: str, message: str):
    text = (SAMPLES / "classic.csv").read_text()
    path = tmp_path / "cut.csv"
    path.write_text(text[: text.index(last_kept) + len(last_kept)])
    with pytest.raises(Refused, match=message):
        read(path)


def test_two_reports_in_one_file_are_refused(tmp_path: Path):
    path = tmp_path / "two.csv"
    path.write_text((SAMPLES / "classic.csv").read_text() * 2)
    with pytest.raises(Refused, match="goes on after"):
        read(path)


def test_cash_basis_is_a_finding(tmp_path: Path):
    path = changed(tmp_path, ("Accrual Basis", "Cash Basis"))
    assert "Accrual" in findings(read(path))["cash_basis"]
    assert "cash_basis" not in findings(sample("classic.csv"))


def test_identical_row_is_a_duplicate_only_where_the_total_needs_it_once(home: Home):
    row = ',03/02/2026,Invoice,2001,Pruning,Two maples,2,325.00,650.00,"2,650.00"\n'
    text = (SAMPLES / "classic.csv").read_text()
    doubled = text.replace(row, row * 2)
    home.sources["quickbooks"] = USD
    home.put("once.csv", doubled)
    assert rows_of(home) == (7, 6, 1)
    home.put("once.csv", doubled.replace("2,700.00", "3,350.00").replace("3,300.00", "3,950.00"))
    assert rows_of(home) == (7, 7, 0)


def rows_of(home: Home) -> tuple[int, int, int]:
    counts = home.land().files[-1].entities["invoice_lines"]
    assert counts.rows_quarantined == 0
    return counts.rows_read, counts.rows_landed, counts.rows_duplicate


def test_number_used_for_two_documents_is_quarantined_not_merged(home: Home):
    text = (SAMPLES / "classic.csv").read_text().replace(",04/04/2026,Invoice,2005", ",04/04/2026,Invoice,2001")
    home.sources["quickbooks"] = USD
    home.put("sales.csv", text)
    home.land()
    reasons = {(row["line_number"], row["reason"]) for row in home.quarantine()}
    assert {line for line, _ in reasons} == {7, 8, 16}
    assert all("number '2001' is used twice" in reason for _, reason in reasons)
    assert "2001" not in set(home.rows("invoices")["invoice_id"])


def test_landed_report_accounts_for_every_row_and_a_newer_one_replaces_by_document(home: Home):
    home.sources["quickbooks"] = USD
    home.put("sales_1.csv", (SAMPLES / "classic.csv").read_text())
    home.put("sales_2.csv", (SAMPLES / "new_layout.csv").read_text())
    receipt = home.land()
    assert not receipt.refused and not home.quarantine()
    lines = home.rows("invoice_lines")
    assert lines.height == 8 and lines["_is_document"].all()
    # One invoice in both: the staging model keeps the lines of the newest export of a document.
    both = lines.filter(lines["invoice_id"] == "2001").sort("_load_seq")
    assert both["line_id"].to_list() == ["2001#1", "2001#2", "2001#1"]
    assert home.rows("invoices").filter(home.rows("invoices")["invoice_id"] == "2001").height == 2


def test_broken_amount_costs_its_row_and_the_total_tells(home: Home):
    home.sources["quickbooks"] = USD
    home.put(
        "sales.csv", (SAMPLES / "classic.csv").read_text().replace(',325.00,650.00,"2,650.00"', ",325.00,6x0.00,9")
    )
    receipt = home.land()
    assert [row["line_number"] for row in home.quarantine()] == [8]
    assert any(finding.code == "total_differs" and "650.00" in finding.message for finding in receipt.findings)


def test_list_without_lines_needs_the_product_it_stands_for():
    with pytest.raises(Refused, match="Sales by Customer Detail"):
        sample("invoice_list.csv")
    found = sample("invoice_list.csv", document_product="Services", sub_customer_account="parent")
    assert rows(found["invoice_lines"], "line_id", "product", "amount") == [
        ("2001#1", "Services", "2000.00"),
        ("2006#1", "Services", "86.40"),
    ]
    assert rows(found["invoices"], "_account_key", "_account_name", "due_on", "status") == [
        ("Mike Sanderson", "Mike Sanderson", "2026-04-01", "paid"),
        ("Hill Farms:North Orchard", "Hill Farms", "2026-04-27", "open"),
    ]
    assert "no_lines" in findings(found)


def test_currency_is_asked_for():
    with pytest.raises(Refused) as refused:
        QUICKBOOKS.read(incoming(SAMPLES / "classic.csv"), SourceContext({}))
    assert "[sources.quickbooks]" in refused.value.do
    home_currency = {"home_currency": "CAD"}
    extracts = QUICKBOOKS.read(incoming(SAMPLES / "classic.csv"), SourceContext(home_currency))
    assert set(extracts[1].rows["currency"]) == {"CAD"}


FOREIGN = """Sales by Customer Detail
Ridgeline Tree Co

,Date,Transaction Type,Num,Product/Service,Currency,Foreign Amount,Amount
Elm,,,,,,,
,03/22/2026,Invoice,1,Pruning,EUR,100.00,110.00
,03/23/2026,Invoice,2,Pruning,USD,50.00,50.00
Total for Elm,,,,,,,$160.00
TOTAL,,,,,,,$160.00
"""


def test_foreign_amounts_are_taken_and_totals_checked_in_home_currency(tmp_path: Path):
    path = tmp_path / "foreign.csv"
    path.write_text(FOREIGN)
    found = read(path)
    assert rows(found["invoice_lines"], "amount") == [("100.00",), ("50.00",)]
    assert rows(found["invoices"], "currency") == [("EUR",), ("USD",)]
    assert "total_differs" not in findings(found) and "no_basis" in findings(found)
    path.write_text(FOREIGN.replace("Foreign Amount", "Rate"))
    with pytest.raises(Refused, match="home currency"):
        read(path)
    at_home = read(path, amount_currency="home")
    assert rows(at_home["invoices"], "currency") == [("USD",), ("USD",)]


def test_order_of_dates_is_proved_or_asked_for(tmp_path: Path):
    path = changed(tmp_path, ("05/20/2026", "05/12/2026"))
    with pytest.raises(Refused, match="the day or the month"):
        read(path)
    assert rows(read(path, date_order="dmy")["invoices"], "issued_on")[0] == ("2026-02-03",)


def test_service_period_comes_only_from_where_the_settings_say(tmp_path: Path):
    path = changed(tmp_path, ("Oak removal", "Oak removal March 2026"))
    assert rows(read(path)["invoice_lines"], "service_start")[0] == (None,)
    found = read(path, service_period_pattern=r"(?P<month>[A-Z]\w+ \d{4})")
    assert rows(found["invoice_lines"], "service_start", "service_end", "_product_2")[0] == (
        "2026-03-01",
        "2026-03-31",
        "Oak removal",
    )
    dated = changed(
        tmp_path, ("Sales Price", "Service Date"), ('"2,000.00","2,000.00","2,000.00"', '03/15/2026,"2,000.00",9')
    )
    assert "service_date_covers" in findings(read(dated))["no_service_period"]
    for covers, expected in (("day", ("2026-03-15", "2026-03-15")), ("month", ("2026-03-01", "2026-03-31"))):
        lines = read(dated, service_date_covers=covers)["invoice_lines"]
        assert rows(lines, "service_start", "service_end")[0] == expected


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Invoice", "invoice"),
        ("Sales Receipt", "invoice"),
        ("Charge", "invoice"),
        ("Credit Memo", "credit_note"),
        ("Refund Receipt", "credit_note"),
    ],
)
def test_types_that_are_revenue(tmp_path: Path, word: str, kind: str):
    found = read(changed(tmp_path, (",Sales Receipt,", f",{word},")))
    assert rows(found["invoice_lines"], "_is_active")[4] == (True,)
    assert {key: value for key, value in rows(found["invoices"], "invoice_id", "kind") if "2002" in key} == {
        "2002" if word == "Invoice" else f"{word} 2002": kind
    }


@pytest.mark.parametrize("word", ["Estimate", "Payment", "Journal Entry", "Deposit", "Statement Charge"])
def test_types_that_are_no_revenue_are_marked_and_still_part_of_the_total(tmp_path: Path, word: str):
    found = read(changed(tmp_path, (",Sales Receipt,", f",{word},")))
    assert rows(found["invoice_lines"], "_is_active", "_note")[4] == (False, f"{word} is no revenue")
    assert not {"total_differs", "unknown_type"} & set(findings(found))


@pytest.mark.parametrize("total", ["", 'TOTAL,,,,,,,""\n'])
def test_identical_row_lands_with_a_finding_where_there_is_no_total(home: Home, tmp_path: Path, total: str):
    head, row, other, _ = (SAMPLES / "invoice_list.csv").read_text().rsplit("\n", 4)[:4]
    home.sources["quickbooks"] = USD | {"document_product": "Services"}
    home.put("list.csv", f"{head}\n{row}\n{row}\n{other}\n{total}")
    receipt = home.land()
    counts = receipt.files[0].entities["invoice_lines"]
    assert (counts.rows_read, counts.rows_landed, counts.rows_duplicate) == (3, 3, 0)
    assert "repeated_lines" in [finding.code for finding in receipt.findings]


def test_unknown_transaction_type_is_marked_and_reported(tmp_path: Path):
    found = read(changed(tmp_path, (",Estimate,", ",Angebot,")))
    assert "quickbooks,invoices,kind,Angebot" in findings(found)["unknown_type"]
    assert rows(found["invoice_lines"], "_is_active", "_note")[3] == (False, "Angebot is no revenue")


@pytest.mark.parametrize("text", ["", "\x00", '"', "id,name\n1,2\n", "Date,Type,Amount\n", "a\n" * 50])
def test_other_files_are_not_claimed(text: str, tmp_path: Path):
    for suffix in ("csv", "xlsx"):
        path = tmp_path / f"export.{suffix}"
        path.write_text(text)
        assert QUICKBOOKS.recognise(incoming(path)) is None


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.csv")), ids=lambda path: path.name)
def test_each_sample_is_recognised_by_its_own_connector_only(path: Path):
    mine = "template" if path.name.startswith(("accounts_", "map_")) else "quickbooks"
    assert [each.name for each in CONNECTORS.values() if each.recognise(incoming(path))] == [mine]


def test_unknown_setting_is_named():
    with pytest.raises(UserError, match="currencies"):
        sample("classic.csv", currencies=["USD"])


def test_list_without_lines_never_goes_before_the_report_with_lines(home: Home):
    home.sources["quickbooks"] = USD | {"document_product": "Services"}
    home.put("sales_1.csv", (SAMPLES / "classic.csv").read_text())
    home.land("first")
    home.put("sales_2.csv", (SAMPLES / "invoice_list.csv").read_text())
    home.land("second")
    ages = home.rows("invoices").filter(home.rows("invoices")["invoice_id"] == "2001").sort("_newness_at")
    assert ages["_file_name"].to_list() == ["sales_2.csv", "sales_1.csv"]
