"""Exact arithmetic of the models as DuckDB does it: against whole numbers of Python, on both sides of 64 bits."""

from decimal import Decimal
from typing import Any

import duckdb
import jinja2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.engine import CONFIG
from pipelines.settings import PROJECT_ROOT

MACROS = PROJECT_ROOT / "dbt_project" / "macros" / "engine" / "arithmetic.sql"
CONNECTION = duckdb.connect(config=CONFIG)
LARGEST = 10**18 - 1  # of the short way
NUMBERS = st.one_of(st.integers(-(10**36), 10**36), st.integers(-(10**20), 10**20), st.integers(-1000, 1000))
DENOMINATORS = st.one_of(st.integers(-(10**36), 10**36), st.integers(-1000, 1000))


class _Adapter:
    """What dbt gives a macro to find the one of its engine."""

    def dispatch(self, name: str, package: str) -> Any:
        return getattr(macros, f"duckdb__{name}")


_environment = jinja2.Environment(autoescape=False)
macros: Any = _environment.from_string(MACROS.read_text(encoding="utf-8")).make_module(
    {"adapter": _Adapter(), "return": lambda value: value}
)


def asked(sql: str, *values: Any) -> tuple[Any, str]:
    """The value of an expression and its type."""
    query = f"select x, typeof(x) from (select {sql} as x from (select $1 as a, $2 as b))"
    row = CONNECTION.execute(query, list(values)).fetchone()
    assert row is not None
    return row


@settings(deadline=None)
@given(NUMBERS, DENOMINATORS)
@example(LARGEST, 2)
@example(-LARGEST, LARGEST)
@example(LARGEST + 1, LARGEST + 1)
@example(LARGEST, LARGEST + 1)
@example(-5, 10)
@example(5, -10)
@example(1, 0)
def test_a_quotient_is_rounded_half_away_from_zero(num: int, den: int) -> None:
    sql = macros.div_round("cast(a as hugeint)", "cast(b as hugeint)")
    away = (2 * abs(num) + abs(den)) // (2 * abs(den)) if den else None
    expected = None if away is None else -away if (num < 0) != (den < 0) else away
    assert asked(sql, str(num), str(den)) == (expected, "HUGEINT")


@settings(deadline=None)
@given(st.integers(-(10**24), 10**24), st.sampled_from([2, 6, 8, 10, 12]))
@example(10**15 - 1, 2)
@example(10**15, 2)
@example(10**17, 2)
@example(-(10**11), 6)
@example(10**9, 8)
def test_units_are_the_digits_of_the_decimal(units: int, scale: int) -> None:
    text = format(Decimal(units).scaleb(-scale), "f")
    assert asked(macros.as_units(f"cast(a as decimal(38, {scale}))", scale), text, None) == (units, "HUGEINT")


def test_what_does_not_fit_is_an_error_and_no_number() -> None:
    with pytest.raises(duckdb.ConversionException):
        asked(macros.as_units("cast(a as decimal(38, 12))", 12), "1" + 13 * "0", None)
