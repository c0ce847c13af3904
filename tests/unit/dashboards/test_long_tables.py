"""A long table shows its first rows in the app, and all of them wherever a reader cannot ask for the others."""

import pytest

from pipelines.dashboards.markup import FIRST_ROWS, LONG_TABLE, Face, page_html
from pipelines.dashboards.pages.view import Cell, Page, Panel, Table

IN_THE_APP, IN_A_FILE = Face("/x"), Face(prefix="x-")


@pytest.mark.parametrize(
    ("rows", "face", "later"),
    [(LONG_TABLE, IN_THE_APP, 0), (LONG_TABLE + 1, IN_THE_APP, LONG_TABLE + 1 - FIRST_ROWS), (1000, IN_A_FILE, 0)],
)
def test_a_long_table_shows_its_first_rows(rows: int, face: Face, later: int) -> None:
    table = Table(("Client",), tuple((Cell(f"client {number}"),) for number in range(rows)))
    found = page_html(Page("T", "H", "", panels=(Panel("p", "P", "", table=table, is_table_open=True),)), face)
    first, _, others = found.partition('<tbody class="later">')
    assert (first.count(">client "), others.count(">client ")) == (rows - later, later)
    assert ("All 61 rows" in found) is bool(later)
