"""The tables of docs/scale.md are those of the results that the benchmark left."""

from benchmarks.scale.page import PAGE, PLACE, TABLES, read_results, written


def test_the_tables_of_the_page_are_those_of_the_results() -> None:
    text = PAGE.read_text("utf-8")
    assert text == written(text, *read_results()), "write them anew with: python -m benchmarks.scale.page"


def test_the_page_has_every_table_once() -> None:
    assert sorted(match[2] for match in PLACE.finditer(PAGE.read_text("utf-8"))) == sorted(TABLES)
