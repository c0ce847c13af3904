"""How values read: few digits, a real minus, no "-0.0", no "1000 k"."""

import datetime as dt
from decimal import Decimal

import pytest

from pipelines.dashboards import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "n/a"), (0, "0"), (512.4, "512"), (999.4, "999"), (999.6, "1.0 k"), (9_960, "10 k"), (340_000, "340 k"),
        (999_600, "1.0 m"), (1_234_567, "1.2 m"), (Decimal("-45678.90"), "-46 k"), (234_500_000, "234 m"),
        (7_300_000_000, "7.3 bn"), (-0.2, "0"),
    ],
)  # fmt: skip
def test_money_reads_in_three_digits(value: object, text: str) -> None:
    assert wording.money(value).replace("\u202f", " ").replace("\u2212", "-") == text


def test_signs_are_written_where_asked_and_never_on_zero() -> None:
    assert wording.money(1500, sign=True) == "+1.5\u202fk"
    assert wording.percent(-0.0004, sign=True) == "0.0\u202f%"
    assert wording.percent(0.0421, sign=True) == "+4.2\u202f%"
    assert wording.points(-1.25) == "\u22121.2"


def test_exact_money_keeps_the_cents() -> None:
    assert wording.exact_money(Decimal("-1234567.80")) == "\u22121,234,567.80"


def test_limits_have_a_decimal_only_where_they_need_one() -> None:
    assert wording.plain_percent(0.95) == "95\u202f%"
    assert wording.plain_percent(0.955) == "95.5\u202f%"


def test_months_and_dates_are_english_whatever_the_locale() -> None:
    assert wording.month(dt.date(2026, 9, 1)) == "Sep 26"
    assert wording.date(dt.date(2026, 9, 30)) == "30 Sep 2026"


def test_months_are_added_across_years() -> None:
    assert wording.add_months(dt.date(2026, 1, 1), -1) == dt.date(2025, 12, 1)
    assert wording.add_months(dt.date(2026, 11, 1), 14) == dt.date(2028, 1, 1)
