"""What a refresh prints of its quarantine."""

from itertools import permutations

from pipelines.terminal import REASONS, commonest


def test_the_commonest_reasons_are_the_same_in_any_order_of_the_rows() -> None:
    rows = [("invoices", "b"), ("invoices", "a"), ("users", "a"), ("users", "a")]
    assert {tuple(commonest(order)) for order in permutations(rows)} == {
        ("2 x users: a", "1 x invoices: a", "1 x invoices: b")
    }


def test_the_others_are_counted() -> None:
    rows = [("users", f"{number:02}") for number in range(REASONS + 3)]
    assert commonest(rows)[-1] == "3 more rows (tenure quarantine)"
