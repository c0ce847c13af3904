"""Reconciliation: control totals come from a file's text, and any difference of a cent is named."""

import datetime as dt
from decimal import Decimal

import polars as pl

from pipelines.audit.reconciliation import lake_amounts_are_the_files, totals_agree
from pipelines.landing.control_totals import control_totals


def test_a_control_total_adds_the_text_of_the_rows_that_were_landed() -> None:
    text = pl.DataFrame(
        {"_line_number": [2, 3, 4, 5], "line_id": ["a", "b", " c ", "b"], "amount": ["10.005", "'-0.01", "x", "5"]}
    )
    landed = pl.DataFrame({"_line_number": [2, 3, 4], "line_id": ["a", "b", "c"]})
    assert control_totals("invoice_lines", text, landed) == {"amount": "10.00"}  # 10.01 - 0.01; b of line 5 is a repeat
    assert control_totals("accounts", text, landed) == {}


def test_lines_of_one_json_document_share_a_line_number() -> None:
    rows = pl.DataFrame({"_line_number": [1, 1, 1], "line_id": ["a", "b", "c"], "amount": ["1", "2", "4"]})
    assert control_totals("invoice_lines", rows, rows.filter(pl.col("line_id") != "b")) == {"amount": "5.00"}


def test_a_cent_between_file_and_lake_is_named() -> None:
    check = lake_amounts_are_the_files([("i.csv (invoice_lines)", Decimal("1.00"), Decimal("1.01"))])
    assert not check.passed
    assert not check.acceptable
    assert check.message == "i.csv (invoice_lines): 1.00 in the file, 1.01 in the lake"


def test_totals_are_compared_by_source_currency_and_month() -> None:
    month = dt.date(2026, 3, 1)
    same = ("stripe", "USD", month, Decimal("5.00"), Decimal("5.00"))
    other = ("stripe", "EUR", month, Decimal("5.00"), Decimal("0.00"))
    assert totals_agree("t", [same], "").passed
    assert totals_agree("t", [same, other], "").message == (
        "stripe EUR 2026-03: 5.00 in the files, 0.00 in the warehouse"
    )
