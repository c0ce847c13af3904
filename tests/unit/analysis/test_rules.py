"""Rules of counting on the company of conftest: each against a number worked out by hand."""

import datetime as dt
from collections.abc import Callable
from fractions import Fraction

import pytest

from pipelines.analysis.rules import Measure, Method, Returns, Rules, rate_of
from pipelines.analysis.series import NO_PARENTS, Amounts, Basis, Rates, Window, read_series
from pipelines.serving.release import Release

YEAR = Window(dt.date(2025, 6, 1), dt.date(2026, 6, 1))


@pytest.mark.parametrize(
    ("measure", "rules", "expected"),
    [
        ("nrr", Rules(), Fraction(3264, 3360)),
        ("grr", Rules(), Fraction(2880, 3360)),
        ("nrr", Rules(rates=Rates.REPORTED), Fraction(1584 + 1440 + 480, 1200 + 1320 + 600 + 360)),
        ("nrr", Rules(rates=Rates.START), Fraction(1584 + 1320 + 480, 1200 + 1320 + 600 + 360)),
        ("nrr", Rules(rates=Rates.END), Fraction(1584 + 1440 + 480, 1200 + 1440 + 600 + 360)),
        ("nrr", Rules(returns=Returns.LOST), Fraction(1584 + 1200, 3360)),
        ("nrr", Rules(returns=Returns.ADDED), Fraction(3264 + 180, 3360)),
        ("nrr", Rules(has_new_clients=True), Fraction(3264 + 240, 3360)),
        ("grr", Rules(has_new_clients=True, returns=Returns.ADDED), Fraction(2880, 3360)),
        ("nrr", Rules(has_contraction=False), Fraction(1584 + 1200 + 600, 3360)),
        ("grr", Rules(has_contraction=False), Fraction(1200 + 1200 + 600, 3360)),
        ("grr", Rules(method=Method.MONTHLY), Fraction(3360 - 600 - 360, 3360)),
        ("nrr", Rules(method=Method.MONTHLY), Fraction(3264, 3360)),
        # Cyd leaves in January (3600 with Eve's 240), Dan in June while Ada grows; a return is in no month's start.
        ("nrr", Rules(method=Method.COMPOUNDED), Fraction(3000, 3600) * Fraction(3504, 3480)),
        ("grr", Rules(method=Method.COMPOUNDED), Fraction(3000, 3600) * Fraction(3120, 3480)),
    ],
)
def test_a_rule_gives_the_number_worked_out_by_hand(
    release: Release, measure: Measure, rules: Rules, expected: Fraction
) -> None:
    assert rate_of(measure, read_series(release, YEAR), rules) == expected


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        (Basis(parents=NO_PARENTS), Fraction(1584 + 1200, 3360)),  # Cyd's second account is a new client
        (Basis(has_credits=False), Fraction(3264, 3360 + 60)),
        (Basis(amounts=Amounts.ARR_AND_ONE_OFFS), Fraction(3264 + 336, 3360)),
        # 12 months to June 2026 over the 3 months to June 2025 that there are; Fay billed 70 in April 2025 and 15 now.
        (
            Basis(amounts=Amounts.REVENUE),
            Fraction(11 * 100 + 132 + 336 + 1200 + 6 * 50 + 4 * 40 + 11 * 30 + 15, 300 + 300 + 150 + 90 + 70),
        ),
    ],
)
def test_a_basis_gives_the_number_worked_out_by_hand(release: Release, basis: Basis, expected: Fraction) -> None:
    assert rate_of("nrr", read_series(release, YEAR, basis)) == expected


def test_the_lines_give_the_published_balances(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.analysis import series

    published = read_series(release, YEAR)
    monkeypatch.setattr(series, "_PUBLISHED_ARR", series._ARR_OF_LINES)
    assert read_series(release, YEAR) == published


def test_usage_of_an_account_is_annualised_over_its_clients_months(changed: Callable[[str], Release]) -> None:
    opened = changed(
        """
        insert into intermediate.int_usage_windows values ('eve', 'USD', '2026-06-01', '2026-05-01', 3);
        insert into intermediate.int_invoice_lines by name
            select 'u' as line_key, 'eve-1' as account_id, 'eve' as client_id, 'USD' as currency, 'invoice' as kind,
                'usage' as revenue_type;
        insert into intermediate.int_revenue__by_line_and_month values
            ('u', '2026-02-01', 1000), ('u', '2026-03-01', 10), ('u', '2026-04-01', 20), ('u', '2026-05-01', 30),
            ('u', '2026-06-01', 1000);
        """
    )
    by_account = {one.unit_id: one for one in read_series(opened, YEAR, Basis(parents=NO_PARENTS))}
    assert by_account["eve-1"].values[Rates.BASELINE][-1] == 240 + 4 * (10 + 20 + 30)


def test_nobody_at_the_start_is_no_rate() -> None:
    assert rate_of("nrr", []) is None
    assert rate_of("grr", [], Rules(method=Method.COMPOUNDED)) is None
