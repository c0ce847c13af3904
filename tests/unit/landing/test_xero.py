"""Xero's sales invoices. The samples were made by hand to the documented headers of the export and of the import
template; the public Xero sample at hand is a warehouse's table layout and has another header."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from homes import Home

from pipelines.errors import UserError
from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors import CONNECTORS

SAMPLES = Path(__file__).parents[2] / "samples" / "xero"
SHARED = Path("/work/shared/samples/xero_warehouse")
XERO = CONNECTORS["xero"]
PERIOD = r"(?P<start>\d{4}-\d\d-\d\d) to (?P<end>\d{4}-\d\d-\d\d)"


def incoming(path: Path) -> IncomingFile:
    return IncomingFile(path, path.name, "0" * 64, path.stat().st_size)


def read(path: Path, **settings: Any) -> dict[str, Extract]:
    return {extract.entity: extract for extract in XERO.read(incoming(path), SourceContext(settings))}


def sample(name: str = "sales_invoices.csv", **settings: Any) -> dict[str, Extract]:
    return read(SAMPLES / name, **settings)


def edited(tmp_path: Path, edit: Any, name: str = "sales_invoices.csv") -> Path:
    """The sample with its rows (dicts) changed in place by `edit`."""
    with (SAMPLES / name).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        table, header = list(reader), list(reader.fieldnames or [])
    edit(table)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header)
    writer.writeheader()
    writer.writerows(table)
    path = tmp_path / name
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def rows(extract: Extract, *columns: str) -> list[tuple[Any, ...]]:
    return extract.rows.select(columns).rows()


def findings(found: dict[str, Extract]) -> dict[str, str]:
    return {finding.code: finding.message for finding in found["invoice_lines"].findings}


def test_lines_are_net_of_tax_and_invoices_are_made_of_them():
    found = sample(service_period_pattern=PERIOD, columns={"division": "Region"})
    assert rows(found["invoice_lines"], "line_id", "product", "amount", "service_start", "service_end", "division") == [
        ("INV-0001#1", "SUPPORT", "900.000000", "2026-01-01", "2026-03-31", "North"),
        ("INV-0001#2", "Set-up", "300.000000", None, None, "South"),
        ("INV-0001#3", "Thank you for your business", None, None, None, "North"),
        # The lines add up to Total itself: they hold the tax.
        ("INV-0002#1", "SUPPORT", "100.000000", None, None, None),
        ("CN-0001#1", "SUPPORT", "-100.000000", "2026-01-01", "2026-03-31", "North"),
        ("BILL-7#1", "Paper", "50.000000", None, None, None),
        ("INV-0003#1", "Draft thing", "10.000000", None, None, None),
    ]
    assert rows(
        found["invoices"], "invoice_id", "kind", "status", "currency", "issued_on", "due_on", "_account_key"
    ) == [
        ("INV-0001", "invoice", "paid", "GBP", "2026-01-31", "2026-02-28", "Elm & Co"),
        ("INV-0002", "invoice", "open", "GBP", "2026-02-02", "2026-03-04", "Fir Ltd"),
        ("CN-0001", "credit_note", "paid", "GBP", "2026-02-15", None, "Elm & Co"),
        ("INV-0003", "invoice", "draft", "GBP", "2026-02-20", None, "Fir Ltd"),
    ]
    notes = {row[0]: row[1] for row in rows(found["invoice_lines"], "line_id", "_note") if row[1]}
    assert notes == {
        "INV-0001#3": "a line of text, without an amount",
        "BILL-7#1": "type 'Bill' is no sales document",
    }


def test_credit_note_is_negative_whichever_sign_it_has_in_the_file(tmp_path: Path):
    def turn(table: list[dict[str, str]]) -> None:
        table[4] |= {"LineAmount": "-100", "TaxAmount": "-20", "Total": "-120", "TaxTotal": "-20"}

    assert rows(read(edited(tmp_path, turn))["invoice_lines"], "amount")[4] == ("-100.000000",)


def test_without_a_pattern_no_description_is_read_as_a_period():
    found = sample()
    assert set(rows(found["invoice_lines"], "service_start", "service_end")) == {(None, None)}
    assert findings(found)["no_service_period"].startswith("5 lines")


def test_import_template_computes_its_amounts_and_asks_for_what_it_lacks():
    with pytest.raises(Refused, match=r"'33\.335' has thousands or decimals"):
        sample("import_template.csv", default_currency="GBP")
    with pytest.raises(Refused, match='default_currency = "GBP"'):
        sample("import_template.csv", decimal="point")
    found = sample("import_template.csv", default_currency="GBP", decimal="point")
    # 3 x 33.335 less 10 % is 90.0045.
    assert rows(found["invoice_lines"], "product", "amount") == [
        ("Support", "90.000000"),
        ("Refund of support", "-40.000000"),
    ]
    assert rows(found["invoices"], "kind", "status") == [("invoice", "paid"), ("credit_note", "paid")]
    assert "no_status" in findings(found)


def test_tax_that_nothing_decides_on_is_asked_for(tmp_path: Path):
    def tax_alone(table: list[dict[str, str]]) -> None:
        for row in table:
            row |= {"TaxAmount": "6.00", "*UnitAmount": "36", "*Quantity": "1", "Discount": ""}

    path = edited(tmp_path, tax_alone, "import_template.csv")
    undecided = read(path, default_currency="GBP")["invoice_lines"]
    assert all("amounts_include_tax" in (reason or "") for (reason,) in rows(undecided, "_reject"))
    amounts = {
        setting: rows(read(path, default_currency="GBP", amounts_include_tax=setting)["invoice_lines"], "amount")[0][0]
        for setting in (True, False)
    }
    assert amounts == {True: "30.000000", False: "36.000000"}


def test_lines_that_miss_their_total_are_reported_with_the_difference(tmp_path: Path):
    path = edited(tmp_path, lambda table: table[6].update(Total="12.50"))
    assert "INV-0003 (from line 8) differ from its Total by -2.50" in findings(read(path))["total_differs"]


def test_identical_row_is_a_duplicate_only_where_the_total_needs_it_once(home: Home, tmp_path: Path):
    def twice(table: list[dict[str, str]]) -> None:
        table.insert(1, dict(table[0]))

    home.put("xero.csv", edited(tmp_path, twice).read_bytes())
    counts = home.land().files[0].entities["invoice_lines"]
    assert (counts.rows_read, counts.rows_landed, counts.rows_duplicate) == (8, 7, 1)

    def twice_for_real(table: list[dict[str, str]]) -> None:
        twice(table)
        for row in table[:4]:
            row |= {"Total": "2520", "TaxTotal": "420"}

    home.put("xero.csv", edited(tmp_path, twice_for_real).read_bytes())
    counts = home.land().files[0].entities["invoice_lines"]
    assert (counts.rows_read, counts.rows_landed, counts.rows_duplicate) == (8, 8, 0)


def test_identical_row_lands_with_a_finding_where_there_is_no_total(home: Home, tmp_path: Path):
    def twice_without_total(table: list[dict[str, str]]) -> None:
        table.insert(1, dict(table[0]))
        for row in table[:4]:
            row["Total"] = ""

    home.sources["xero"] = {"amounts_include_tax": False}
    home.put("xero.csv", edited(tmp_path, twice_without_total).read_bytes())
    receipt = home.land()
    counts = receipt.files[0].entities["invoice_lines"]
    assert (counts.rows_read, counts.rows_landed, counts.rows_duplicate) == (8, 8, 0)
    assert "repeated_lines" in [finding.code for finding in receipt.findings]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Draft", "draft"),
        ("Awaiting Approval", "draft"),
        ("Awaiting Payment", "open"),
        ("Paid", "paid"),
        ("Voided", "void"),
        ("Deleted", "void"),
    ],
)
def test_the_words_of_a_status(tmp_path: Path, word: str, status: str):
    path = edited(tmp_path, lambda table: [row.update(Status=word) for row in table])
    assert set(read(path)["invoices"].rows["status"]) == {status}


def test_landed_file_accounts_for_every_row(home: Home, tmp_path: Path):
    def spoil(table: list[dict[str, str]]) -> None:
        table[3]["Status"] = "Half paid"
        table[4]["LineAmount"] = "1oo"
        table[6]["InvoiceDate"] = "31/02/2026"

    home.put("xero.csv", edited(tmp_path, spoil).read_bytes())
    receipt = home.land()
    counts = receipt.files[0].entities["invoice_lines"]
    assert (counts.rows_read, counts.rows_landed, counts.rows_quarantined) == (7, 4, 3)
    reasons = {row["line_number"]: row["reason"] for row in home.quarantine()}
    assert reasons.keys() == {5, 6, 8}
    assert reasons[5].startswith("status 'Half paid' is none of")
    assert reasons[6].startswith("amount '1oo' is not")
    assert reasons[8].startswith("issued_on '31/02/2026' is not a date")
    # The credit note's only line is unreadable; the invoice with an unknown status and the one without a day are gone.
    assert set(home.rows("invoices")["invoice_id"]) == {"INV-0001", "CN-0001"}


def test_order_of_dates_is_proved_or_asked_for(tmp_path: Path):
    def ambiguous(table: list[dict[str, str]]) -> None:
        for row in table:
            row |= {"InvoiceDate": "03/04/2026", "DueDate": ""}

    path = edited(tmp_path, ambiguous)
    with pytest.raises(Refused, match="the day or the month"):
        read(path)
    assert rows(read(path, date_order="dmy")["invoices"], "issued_on")[0] == ("2026-04-03",)


def test_unknown_type_is_marked_and_reported(tmp_path: Path):
    found = read(edited(tmp_path, lambda table: table[6].update(Type="Facture")))
    assert "xero,invoices,kind,Facture" in findings(found)["unknown_type"]
    assert rows(found["invoice_lines"], "_is_active")[6] == (False,)


def test_tracking_category_that_is_nowhere_is_refused(tmp_path: Path):
    path = tmp_path / "untracked.csv"
    path.write_text((SAMPLES / "sales_invoices.csv").read_text().replace("Tracking", "Other"))
    with pytest.raises(Refused, match="'Area'"):
        read(path, columns={"division": "Area"})


@pytest.mark.parametrize("text", ["", "\x00", '"', "ContactName,Total\na,1\n", "invoice_id,amount\n"])
def test_other_files_are_not_claimed(text: str, tmp_path: Path):
    path = tmp_path / "export.csv"
    path.write_text(text)
    assert XERO.recognise(incoming(path)) is None


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.csv")), ids=lambda path: path.name)
def test_each_sample_is_recognised_by_its_own_connector_only(path: Path):
    mine = "template" if path.name.startswith(("accounts_", "map_")) else "xero"
    assert [each.name for each in CONNECTORS.values() if each.recognise(incoming(path))] == [mine]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED}, the public sample, is not here")
def test_warehouse_tables_of_xero_data_are_not_taken_for_its_export():
    assert [XERO.recognise(incoming(path)) for path in sorted(SHARED.glob("*.csv"))] == [None, None, None]


@pytest.mark.parametrize(
    ("pattern", "message"), [("(", "regular expression"), (r"\d+", "named groups"), (r"(?P<start>\d+)", "named groups")]
)
def test_pattern_that_cannot_give_a_period_is_refused(pattern: str, message: str):
    with pytest.raises(UserError, match=message):
        sample(service_period_pattern=pattern)


def test_reference_can_hold_the_reason_of_a_credit_note(tmp_path: Path):
    path = edited(tmp_path, lambda table: table[4].update(Reference="goodwill"))
    found = read(path, columns={"reason": "Reference"})
    assert rows(found["invoices"], "reason") == [(None,), (None,), ("goodwill",), (None,)]
    assert rows(found["invoice_lines"], "_reject") == [(None,)] * 7
