"""The page of promises is written out of the fault tests."""

from tests.promises import PAGE, page, promises, read_figures


def test_the_page_of_promises_is_that_of_the_tests() -> None:
    assert PAGE.read_text("utf-8") == page(read_figures()), "write it anew with: python -m tests.promises"


def test_figures_are_those_of_tests_that_exist() -> None:
    known = {f"tests/faults/{promise.path.name}::{name}" for promise in promises() for name, _ in promise.tests}
    assert set(read_figures()) <= known
