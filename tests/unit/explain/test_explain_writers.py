"""The same answer for a person, a program and a spreadsheet; text of the data stays text in all three."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pytest

from pipelines.explain.answer import Column, Explanation, Group, Row, Section, Unit
from pipelines.explain.export import as_csv, as_json
from pipelines.explain.terminal import as_text, shown

HOSTILE = "[red]Acme[/red] \x1b[2J\u202e"
FORMULA = "=cmd|' /C calc'!A0"


def answer(value: Decimal | None = Decimal("1.05000000")) -> Explanation:
    columns = [
        Column("client_id", "Client"),
        Column("client_name", "Name"),
        Column("start_arr_cc", "Start", Unit.MONEY),
        Column("currency", "Currency", in_terminal=False),
    ]
    rows = [
        Row({"client_id": FORMULA, "client_name": HOSTILE, "start_arr_cc": Decimal("-1200.50"), "currency": None}),
        Row({"client_name": "All", "start_arr_cc": Decimal("-1200.50")}, "total"),
    ]
    return Explanation(
        metric="nrr_cc",
        title="Net revenue retention, constant currency",
        unit=Unit.RATE,
        formula="(S + expansion - contraction - churn) / S",
        table="marts.rpt_retention",
        month=dt.date(2026, 9, 1),
        window_months=12,
        segment="company",
        segment_value="all",
        segment_label="the company",
        client_id=None,
        reporting_currency="USD",
        as_of_on=dt.date(2026, 10, 31),
        value=value,
        reason=None if value is not None else "no client had ARR at the start of the window",
        calculation=None,
        sections=[Section("clients", "Who made it", columns, [Group(rows)])],
    )


def test_the_terminal_shows_units_and_takes_text_as_text() -> None:
    text = as_text(answer())
    assert "Net revenue retention, constant currency: 105.00 %" in text
    assert "Start (USD)" in text
    assert "[red]Acme[/red]" in text
    assert "\x1b" not in text and "\u202e" not in text
    assert "-1,200.50" in text


def test_a_number_that_is_not_there_says_why() -> None:
    text = as_text(answer(None))
    assert "n/a because no client had ARR at the start of the window" in text


def test_numbers_are_never_cut_however_narrow_the_terminal() -> None:
    assert as_text(answer(), width=20).count("-1,200.50") == 2


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Decimal("1234567.80"), Unit.MONEY, "1,234,567.80"),
        (Decimal("-0.000001"), Unit.LOCAL, "-0.000001"),
        (Decimal("100"), Unit.LOCAL, "100.00"),
        (Decimal("1.0850000000"), Unit.FX, "1.0850"),
        (Decimal("-1.92088600"), Unit.POINTS, "-1.92 pp"),
        (12, Unit.COUNT, "12"),
        (dt.date(2026, 9, 1), Unit.MONTH, "2026-09"),
        (dt.date(2026, 9, 30), Unit.DATE, "2026-09-30"),
        (True, Unit.TEXT, "yes"),
        (None, Unit.MONEY, "n/a"),
        (None, Unit.TEXT, "·"),
    ],
)
def test_every_unit_has_its_format(value: Decimal | int | dt.date | None, unit: Unit, text: str) -> None:
    assert shown(value, unit) == text


def test_json_has_stable_keys_and_decimals_as_text() -> None:
    told = json.loads(as_json(answer()))
    assert set(told) == {
        "metric", "title", "unit", "formula", "table", "month", "window_months", "segment", "segment_value",
        "client_id", "reporting_currency", "as_of_on", "value", "reason", "calculation", "notes", "sections",
    }  # fmt: skip
    assert told["value"] == "1.05000000"
    assert told["month"] == "2026-09"
    assert told["sections"]["clients"][0] == {
        "row_kind": "row", "client_id": FORMULA, "client_name": HOSTILE, "start_arr_cc": "-1200.50", "currency": None,
    }  # fmt: skip
    assert told["sections"]["clients"][1]["row_kind"] == "total"


def test_csv_can_be_opened_in_a_spreadsheet() -> None:
    header, first, total = csv.reader(io.StringIO(as_csv(answer())))
    assert header == ["row_kind", "client_id", "client_name", "start_arr_cc", "currency"]
    assert first == ["row", f"'{FORMULA}", HOSTILE, "-1200.50", ""]
    assert total[0] == "total"
