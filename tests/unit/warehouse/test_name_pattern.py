"""Which landed files are of one kind, so that the rows of the newest can be compared with those before it."""

from pipelines.warehouse.sources import name_pattern


def test_files_of_one_kind_differ_only_in_digits_and_case() -> None:
    assert name_pattern("Stripe/invoices_2026-05.json") == name_pattern("stripe/Invoices_2025-12.json")
    assert name_pattern("invoices_2026.json") != name_pattern("invoices_eu_2026.json")
    assert name_pattern("a/invoices.json") != name_pattern("b/invoices.json")
