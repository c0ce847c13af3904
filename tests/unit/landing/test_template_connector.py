"""Template files: names, headers, workbooks, and the golden cases' own files."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from homes import Home, workbook

from pipelines.landing.connectors.template import entity_named


@pytest.mark.parametrize(
    ("stem", "entity"),
    [
        ("invoices", "invoices"),
        ("Invoices_2025", "invoices"),
        ("invoice_lines_2025_q1", "invoice_lines"),
        ("invoices2025", None),
        ("products", None),
        ("map_values", "map_values"),
    ],
)
def test_a_files_name_tells_its_entity(stem: str, entity: str | None) -> None:
    assert entity_named(stem) == entity


def test_columns_stand_in_any_order_and_unknown_ones_are_reported(home: Home) -> None:
    home.put("users.csv", b"\xef\xbb\xbf NAME ,Shoe size,User_ID,\n Ann ,37,u1,\n")
    receipt = home.land()
    assert home.rows("users").select("user_id", "name").rows() == [("u1", "Ann")]
    assert [(finding.code, finding.column, finding.rows) for finding in receipt.findings] == [
        ("unknown_column", "shoe size", 1)
    ]


def test_a_column_that_stands_twice_refuses_the_file(home: Home) -> None:
    home.put("users.csv", "user_id,name,Name\nu1,Ann,Bob\n")
    assert "column name stands twice" in home.land().refused[0].what


def test_an_empty_file_is_a_load_without_rows(home: Home) -> None:
    home.put("users.csv", "")
    home.put("accounts.csv", "account_id,name\n")
    receipt = home.land()
    assert [counts.rows_read for file in receipt.files for counts in file.entities.values()] == [0, 0]
    assert [finding.code for finding in receipt.findings] == ["empty_file"]
    assert home.rows("users").is_empty()


def test_csv_xlsx_and_parquet_land_the_same_rows(home: Home) -> None:
    import datetime as dt
    from decimal import Decimal

    header = ["invoice_id", "account_id", "kind", "status", "currency", "issued_on", "in_collections"]
    values = ["i1", "a", "invoice", "paid", "USD", dt.date(2025, 1, 31), True]
    home.put("invoices_1.csv", ",".join(header) + "\ni1,a,invoice,paid,USD,2025-01-31,TRUE\n")
    home.put("invoices_2.xlsx", workbook(Sheet1=[header, values]))
    buffer = io.BytesIO()
    pl.DataFrame([values], schema=header, orient="row").write_parquet(buffer)
    home.put("invoices_3.parquet", buffer.getvalue())
    lines = [["line_id", "invoice_id", "product", "amount", "quantity"], ["l1", "i1", "p", 1000.5, 3]]
    book = workbook(users=[["user_id", "name"], [7, "Ann"]], invoice_lines_2025=lines, notes=[["hello"]])
    home.put("everything.xlsx", book)
    receipt = home.land()
    assert not receipt.refused and not home.quarantine()
    rows = home.rows("invoices").select(header)
    assert rows.height == 3 and rows.n_unique() == 1
    assert home.rows("users")["user_id"].to_list() == ["7"]
    assert home.rows("invoice_lines").select("amount", "quantity").rows() == [(Decimal("1000.50"), Decimal(3))]


@pytest.mark.parametrize("case", ["r_quarantine", "r_company", "s_random"])
def test_golden_files_are_counted_and_set_aside_as_expected(home: Home, shared: Path, case: str) -> None:
    """Lines set aside at landing are among the expected ones; the others lack a reference, which the build sees."""
    folder = shared / "golden" / case
    for path in (folder / "input").glob("*.csv"):
        home.put(path.name, path.read_bytes())
    receipt = home.land()
    expected = _rows(folder / "expected" / "load_files.csv")
    read = {f.file_name: (c.rows_read, c.rows_duplicate) for f in receipt.files for c in f.entities.values()}
    assert not receipt.refused and not receipt.unknown
    for row in expected:
        assert read[row["file_name"]] == (int(row["rows_read"]), int(row["rows_duplicate"]))
    wanted = {(row["file_name"], int(row["line_number"])) for row in _rows(folder / "expected" / "quarantine.csv")}
    found = {(row["file_name"], row["line_number"]) for row in home.quarantine()}
    assert found <= wanted or not expected
    by_reference = {
        "r_quarantine": {("accounts.csv", 5), ("invoice_lines.csv", 7), ("invoices.csv", 11), ("map_products.csv", 5)},
        "r_company": {("accounts.csv", 90), ("invoice_lines_2024.csv", 530), ("owner_changes.csv", 8)},
    }
    assert by_reference.get(case, set()) <= found


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
