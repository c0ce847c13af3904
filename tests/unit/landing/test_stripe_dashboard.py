"""Stripe's dashboard CSV of invoices. The sample was made by hand to the header that public parsers agree on."""

from __future__ import annotations

from pathlib import Path

from homes import Home

from pipelines.landing.connectors.stripe import CONNECTOR
from pipelines.landing.connectors.stripe.dashboard import is_dashboard_header

CASE = Path(__file__).parents[2] / "samples" / "stripe_dashboard" / "case"
EXPORT = (CASE / "invoices.dashboard.csv").read_text()
JSON = (CASE / "invoice_of_june.json").read_text()

DOUBTFUL = {**dict.fromkeys(("Amount Due", "Amount Paid", "Subtotal", "Total"), "1.320"), "Tax": ""}


def one_row(**changes: str) -> str:
    """The sample's first invoice with some cells changed."""
    header, first, *_ = EXPORT.splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True)) | changes
    return f"{','.join(cells)}\n" + ",".join(f'"{cell}"' for cell in cells.values())


def test_each_invoice_is_one_row_with_one_line_of_its_net_amount(home: Home):
    home.put("invoices.csv", EXPORT)
    receipt = home.land()
    counts = home.ledger().loads[0].entities
    assert list(counts) == ["invoices"]
    assert (counts["invoices"].rows_read, counts["invoices"].rows_landed) == (4, 4)
    names = ["invoice_id", "status", "currency", "issued_on", "paid_on", "_account_key", "_account_hint"]
    shown = [tuple(map(str, row)) for row in home.rows("invoices").select(names).rows()]
    assert shown[:3] == [
        ("in_dash1", "paid", "USD", "2025-05-01", "2025-05-20", "cus_dash1", "None"),
        ("in_dash2", "open", "USD", "2025-06-02", "None", "cus_dash2", "dash-b"),
        ("in_dash3", "void", "USD", "2025-06-01", "None", "cus_dash1", "None"),
    ]
    names = ["line_id", "product", "_product_2", "amount", "service_start", "service_end"]
    shown = [tuple(map(str, row)) for row in home.rows("invoice_lines").select(names).rows()]
    assert shown[:2] == [
        ("in_dash1#summary", "Stripe subscription", "Stripe subscription", "1200.00", "2025-05-01", "2025-05-31"),
        ("in_dash2#summary", "Dashboard Set-up Fee", "Stripe invoice", "450.00", "None", "None"),
    ]
    assert home.rows("invoices")["_is_document"].all() and home.rows("invoice_lines")["_is_document"].all()
    assert [finding.code for finding in receipt.findings] == ["line_level_needs_json"]


def test_the_json_of_an_invoice_goes_before_the_dashboards_row_unless_that_says_void(home: Home):
    home.put("invoices.json", JSON)
    home.land("first")
    home.put("invoices.csv", EXPORT)
    home.land("second")
    rows = home.rows("invoices")
    assert set(rows["_source"]) == {"stripe"}
    newest = (
        rows.sort("_newness_at", "_load_seq", descending=True).unique("invoice_id", keep="first").sort("invoice_id")
    )
    assert newest.select("invoice_id", "_load_seq").rows() == [
        ("in_dash1", 2), ("in_dash2", 2), ("in_dash3", 2), ("in_dash4", 1),
    ]  # fmt: skip
    of_csv = rows.filter(rows["_load_seq"] == 2)
    assert list(zip(of_csv["status"], of_csv["_newness_at"].dt.year() == 1970, strict=True)) == [
        ("paid", True), ("open", True), ("void", False), ("paid", True),
    ]  # fmt: skip
    assert home.ledger().loads[-1].exported_at is None


def test_a_decimal_comma_is_proved_by_the_amounts_or_set(home: Home):
    taxes = {"Exclusive Tax Amount": "120,00", "Inclusive Tax Amount": "0,00"}
    home.put("invoices.csv", one_row(**DOUBTFUL, **taxes))
    home.land()
    assert [str(amount) for amount in home.rows("invoice_lines")["amount"]] == ["1200.00"]


def test_amounts_that_can_be_read_in_two_ways_are_asked_about(home: Home):
    taxes = dict.fromkeys(("Exclusive Tax Amount", "Inclusive Tax Amount"), "0")
    home.put("invoices.csv", one_row(**DOUBTFUL, **taxes))
    (refused,) = home.land().refused
    assert "'1.320' has thousands or decimals" in refused.what and 'decimal = "point" or "comma"' in refused.do
    home.sources["stripe"] = {"decimal": "comma"}
    home.land("second")
    assert [str(amount) for amount in home.rows("invoice_lines")["amount"]] == ["1320.00"]


def test_the_order_of_days_is_a_setting_where_a_spreadsheet_changed_them(home: Home):
    header, first, *_ = EXPORT.splitlines()
    names = header.split(",")
    days = {
        name: "03/04/2025 10:00" if first.split(",")[names.index(name)] else "" for name in names if "(UTC)" in name
    }
    home.put("invoices.csv", one_row(**days))
    assert "date_order" in home.land().refused[0].do
    home.sources["stripe"] = {"date_format": "%d/%m/%Y %H:%M"}
    home.land("second")
    assert [str(day) for day in home.rows("invoices")["issued_on"]] == ["2025-04-03"]


def test_an_export_without_periods_says_what_that_costs(home: Home):
    text = EXPORT.replace("Minimum Line Item Period Start (UTC)", "Period Start (UTC)")
    home.put("invoices.csv", text)
    receipt = home.land()
    assert "no_service_period" in [finding.code for finding in receipt.findings]
    assert home.rows("invoice_lines")["service_start"].null_count() == 4


def test_a_missing_column_refuses_the_file_with_the_nearest(home: Home):
    home.put(
        "invoices.csv", EXPORT.replace("Status", "State").replace("Exclusive Tax Amount", "x").replace(",Tax,", ",y,")
    )
    (refusal,) = home.land().refused
    assert "lacks Status" in refusal.what and "Tax" in refusal.what


def test_other_csv_is_not_claimed():
    assert is_dashboard_header(b"\xef\xbb\xbf" + EXPORT.encode())
    for header in ("id,Customer,Total", "Id,Name,Customer,Status", "", '"', "date (utc),total", "Id,Date (UTC),Total"):
        assert not is_dashboard_header(header.encode())
    assert CONNECTOR.name == "stripe"
