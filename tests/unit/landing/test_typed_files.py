"""XLSX and Parquet give what the same table in CSV gives."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from homes import workbook

from pipelines.landing.connector import Refused
from pipelines.landing.reading.typed_files import cell_text, read_parquet, read_xlsx


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (9.0, "9"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (123456789012345.0, "123456789012345"),
        (12345678901234567.0, "1.23456789012346E+16"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2025, 1, 31), "2025-01-31"),
        (dt.datetime.fromisoformat("2025-01-31T09:30"), "2025-01-31T09:30:00"),
        (dt.datetime(2025, 1, 31, 9, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2025-01-31T07:00:00Z"),
        ("007", "007"),
    ],
)
def test_typed_cells_become_template_text(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_a_sheet_keeps_its_row_numbers_and_drops_blank_rows() -> None:
    table = read_xlsx(workbook(users=[["user_id", "name", None], [], ["u1", "Ann, B"], [7, True]]))["users"]
    assert table.columns == ["user_id", "name"]
    assert table.rows["_line_number"].to_list() == [3, 4]
    assert table.rows.select("user_id", "name").rows() == [("u1", "Ann, B"), ("7", "true")]
    assert table.rows["_raw"][0] == 'u1,"Ann, B"'


def test_values_beside_the_headed_columns_are_not_dropped_silently() -> None:
    table = read_xlsx(workbook(users=[["user_id"], ["u1", "stray"]]))["users"]
    assert "right of its 1 headed columns" in table.rows["_reject"][0]


def test_parquet_columns_become_template_text() -> None:
    frame = pl.DataFrame(
        {
            "Day": [dt.date(2025, 1, 31), None],
            "at": [dt.datetime(2025, 1, 1, tzinfo=dt.UTC)] * 2,
            "amount": pl.Series([Decimal("1.50"), Decimal("-2.00")], dtype=pl.Decimal(18, 2)),
            "score": [9.0, None],
            "n": [1, 2],
            "ok": [True, None],
            "text": ['a "b", c', ""],
            "kind": pl.Series(["x", "y"], dtype=pl.Categorical),
        }
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    rows = read_parquet(buffer.getvalue()).rows
    assert rows.drop("_line_number", "_raw", "_reject").rows() == [
        ("2025-01-31", "2025-01-01T00:00:00Z", "1.50", "9", "1", "true", 'a "b", c', "x"),
        (None, "2025-01-01T00:00:00Z", "-2.00", None, "2", None, None, "y"),
    ]
    assert rows["_line_number"].to_list() == [2, 3]
    assert rows["_raw"][0] == '2025-01-31,2025-01-01T00:00:00Z,1.50,9,1,true,"a ""b"", c",x'


@pytest.mark.parametrize("read", [read_xlsx, read_parquet])
def test_broken_files_are_refused_with_advice(read: Any) -> None:
    with pytest.raises(Refused) as refusal:
        read(b"PK\x03\x04 not really")
    assert "again" in refusal.value.do


def test_nested_parquet_is_refused() -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"a": [[1, 2]]}).write_parquet(buffer)
    with pytest.raises(Refused, match="a hold lists"):
        read_parquet(buffer.getvalue())
