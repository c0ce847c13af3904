"""The types of the template description, cell by cell."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.landing.parse import _decimals, _rounded, parse


def parsed(kind: str, *cells: str | None) -> list[object]:
    return pl.DataFrame({"x": cells}, schema={"x": pl.String}).select(parse("x", kind))["x"].to_list()


def test_money_rounds_half_away_from_zero() -> None:
    assert parsed("money", "1.005", "-1.005", "2.675", "1.00499999999") == [
        Decimal("1.01"),
        Decimal("-1.01"),
        Decimal("2.68"),
        Decimal("1.00"),
    ]


@pytest.mark.parametrize("cell", ["1", "+1.5", "-0.10", "1.", ".5", "'-5.00", "9999999999999999.99"])
def test_money_is_a_sign_digits_and_at_most_one_point(cell: str) -> None:
    assert parsed("money", cell)[0] is not None


@pytest.mark.parametrize(
    "cell", ["1,000.00", "12,50", "1e5", ".", "-", "+", "1.2.3", "$5", "5 USD", "10000000000000000", "nan", "1_0"]
)
def test_what_is_no_amount_does_not_parse(cell: str) -> None:
    assert parsed("money", cell) == [None]


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_money_agrees_with_exact_decimal_arithmetic(value: Decimal) -> None:
    assert parsed("money", f"{value:f}") == [value.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")]


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.from_regex(r"[+'-]{0,2}[0-9]{0,30}\.?[0-9]{0,20}", fullmatch=True),
            st.text(alphabet="0123456789.-+'eE ٣", max_size=8),
        )
    ),
    st.sampled_from([pl.Decimal(18, 2), pl.Decimal(28, 10)]),
)
def test_cells_that_are_cast_at_once_are_what_careful_reading_makes_of_them(
    cells: list[str | None], dtype: pl.Decimal
) -> None:
    column = pl.Series(cells, dtype=pl.String)
    assert _decimals(column, dtype).equals(_rounded(column, dtype), check_dtypes=True)


def test_numbers_keep_ten_decimals() -> None:
    assert parsed("num", "0.85941", "0.12345678905", "1e3") == [Decimal("0.8594100000"), Decimal("0.1234567891"), None]


def test_whole_numbers() -> None:
    assert parsed("int", "9", "-3", "9.0", "9.5", "ten", "+4", "99999999999999999999") == [
        9,
        -3,
        9,
        None,
        None,
        4,
        None,
    ]


def test_dates_are_iso_and_exist() -> None:
    assert parsed("date", "2024-02-29", "2023-02-29", "2025-13-01", "31/01/2024", "2024-1-1", "20240101") == [
        dt.date(2024, 2, 29),
        None,
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00"),
        ("2025-01-01T00:30:00+02:00", "2024-12-31T22:30:00"),
        ("2025-06-30 20:00:00-05:00", "2025-07-01T01:00:00"),
        ("2025-01-01T10:00:00.1234567+0530", "2025-01-01T04:30:00.123456"),
        ("2025-01-01T10:00:00-03", "2025-01-01T13:00:00"),
        ("2025-01-01T10:00", "2025-01-01T10:00:00"),
        ("2025-01-01", "2025-01-01T00:00:00"),
    ],
)
def test_moments_become_utc(cell: str, utc: str) -> None:
    assert parsed("ts", cell) == [dt.datetime.fromisoformat(utc)]


@pytest.mark.parametrize(
    "cell", ["yesterday", "2025-02-30T10:00:00Z", "2025-01-01T25:00:00Z", "2025-01-01T10:60:00", "01/02/2025 10:00"]
)
def test_what_is_no_moment_does_not_parse(cell: str) -> None:
    assert parsed("ts", cell) == [None]


@given(
    st.datetimes(min_value=dt.datetime.fromisoformat("1980-01-01"), max_value=dt.datetime.fromisoformat("2090-01-01")),
    st.integers(-14 * 60, 14 * 60),
)
def test_moments_agree_with_the_standard_library(moment: dt.datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    assert parsed("ts", aware.isoformat()) == [aware.astimezone(dt.UTC).replace(tzinfo=None)]


def test_booleans_in_any_case() -> None:
    assert parsed("bool", "true", "FALSE", "True", "1", "yes", "maybe") == [True, False, True, None, None, None]


def test_currencies_are_known_codes() -> None:
    assert parsed("cur", "USD", "BGN", "usd", "dollars", "euro", "XYZ") == ["USD", "BGN", None, None, None, None]
