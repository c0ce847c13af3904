"""The pages Clients and Client against three clients worked out by hand (`client_tables`)."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dash._utils import to_json

from pipelines.dashboards import markup
from pipelines.dashboards.app import components
from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.pages import client, clients
from pipelines.dashboards.pages.context import Context, Units
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.view import Page, Panel
from pipelines.dashboards.table_files import as_csv
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.serving.release import open_release
from tests.unit.dashboards.client_tables import HOSTILE, ODD_ID, TABLES
from tests.unit.dashboards.plotly_check import checked

ANN = Principal("Ann", Role.ACCOUNT_MANAGER, frozenset({"a1"}))
BOB = Principal("Bob", Role.ACCOUNT_MANAGER, frozenset({"a2"}))
FUNCTIONS = {"tenureGridTheme(themeQuartz)", "tenureGridCount(params)"}


@dataclass
class Pages:
    """Pages of the three clients, for leadership unless said otherwise."""

    contexts: Callable[..., Context]

    def clients(self, query: str = "", principal: Principal = LEADERSHIP) -> Page:
        return clients.build(self.contexts(query, principal))

    def client(self, client_id: str, query: str = "", principal: Principal = LEADERSHIP) -> Page:
        return client.build(self.contexts(query, principal, client_id))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    path: Path = tmp_path_factory.mktemp("clients") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    opened: dict[Principal, Any] = {}

    def context(query: str, principal: Principal, item: str = "") -> Context:
        if principal not in opened and opened:  # one file, one kind of connection at a time
            for release in opened.values():
                release.close()
            opened.clear()
        release = opened.setdefault(principal, None) or open_release(path, principal)
        opened[principal] = release
        units = Units("USD", dt.date(2025, 12, 31))
        return Context(release, Question.read(query), units, principal, dt.date(2026, 7, 3), item=item)

    yield Pages(context)
    for release in opened.values():
        release.close()


def rows_of(page: Page) -> list[Any]:
    grid = page.panels[0].grid
    return [] if grid is None else list(grid.rows)


def panel_of(page: Page, key: str) -> Panel:
    return next(panel for panel in page.panels if panel.key == key)


def texts(panel: Panel) -> list[list[str]]:
    assert panel.table is not None
    return [[cell.text for cell in row] for row in panel.table.rows]


def test_the_list_adds_up_to_the_headline_and_to_the_bridge(pages: Pages) -> None:
    page = pages.clients()
    rows = rows_of(page)
    assert page.headline == "2 clients hold 1.5\u202fk USD of ARR."
    assert [(row["client_id"], row["arr"], row["change"]) for row in rows] == [
        ("c1", 1200.0, 200.0),
        (ODD_ID, 300.0, -100.0),
    ]
    assert rows[0]["change_rate"] == 20.0
    assert page.panels[0].remark == "ARR marked * is provisional: hours of the month are not billed yet."
    reported = pages.clients("basis=reported")
    assert sum(row["arr"] for row in rows_of(reported)) == 1450


def test_health_and_service_of_a_row(pages: Pages) -> None:
    acme, other = rows_of(pages.clients())
    assert acme["strip"] == "---------YGY"
    assert (acme["band"], other["band"]) == ("yellow", "unknown, not certain")
    assert (acme["range"], other["range"]) == ("75 to 75", "25 to 70")
    assert (acme["nps"], other.get("nps"), other["nps_shown"]) == (40.0, None, "too few (2)")
    assert (acme["open_escalations"], acme["renewal_on"], acme["last_qbr"]) == (1, "2026-09-30", "2026 Q1")


@pytest.mark.parametrize(
    ("query", "found", "amount"),
    [
        ("movement=expansion", ["c1"], 200.0),
        ("movement=contraction", [ODD_ID], -100.0),
        ("movement=contraction&am=a1", [ODD_ID], -100.0),  # the owner at the time, not Bob of today
        ("movement=contraction&am=a2", [], 0),
        ("movement=new", [], 0),  # more than 12 months ago
        ("movement=new&month=2026-05", [ODD_ID], 400.0),
        ("category=voluntary", ["c3"], -500.0),
        ("category=structural", [], 0),
        ("movement=churn&am=unassigned", ["c3"], -500.0),
    ],
)
def test_a_bar_of_the_bridge_leads_to_its_clients(pages: Pages, query: str, found: list[str], amount: float) -> None:
    rows = rows_of(pages.clients(query))
    assert [row["client_id"] for row in rows] == found
    assert sum(row["moved"] for row in rows) == amount


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("band=yellow", ["c1"]),
        ("region=unknown", [ODD_ID]),
        ("industry=Retail", ["c1"]),
        ("tier=growth", [ODD_ID]),
        ("currency=EUR", ["c1"]),
        ("am=a2", [ODD_ID]),
        ("show=churned", ["c3"]),
        ("month=2026-05", ["c1"]),
    ],
)
def test_filters(pages: Pages, query: str, found: list[str]) -> None:
    assert [row["client_id"] for row in rows_of(pages.clients(query))] == found


def test_headlines_say_what_is_listed(pages: Pages) -> None:
    expected = {
        "movement=expansion": "1 client expanded by 200 USD in the 12 months to Jun 26.",
        "category=voluntary": "1 client left with 500 USD for voluntary reasons in the 12 months to Jun 26.",
        "show=churned": "1 client has left up to Jun 26, with 500 USD of ARR.",
        "movement=new&am=a2": "No client of account manager Bob joined in the 12 months to Jun 26.",
        "band=yellow&tier=strategic": "1 client in tier strategic whose health is yellow holds 1.2\u202fk USD of ARR.",
    }
    assert {query: pages.clients(query).headline for query in expected} == expected


def test_what_is_not_understood_is_told_and_left_out(pages: Pages) -> None:
    page = pages.clients("band=purple&movement=sideways&show=all&month=2026-13")
    assert len(rows_of(page)) == 2
    for word in ("purple", "sideways", "show all", "2026-13"):
        assert word in page.notice


def test_a_list_that_differs_from_the_bridge_says_why(pages: Pages) -> None:
    remark = pages.clients("month=2026-05").panels[0].remark  # the bridge has 1,900 there, the list 1,200
    assert "The ARR bridge says 1.9\u202fk" in remark


def test_a_reader_lists_own_clients_only(pages: Pages) -> None:
    page = pages.clients(principal=BOB)
    assert [row["client_id"] for row in rows_of(page)] == [ODD_ID]
    assert "Acme" not in to_json(components.page_content(page, "/clients"))
    assert rows_of(pages.clients("am=a1", BOB)) == []


def test_text_from_data_is_never_code_in_a_grid(pages: Pages) -> None:
    page = pages.clients()
    assert rows_of(page)[1]["client_name"] == HOSTILE
    sent = json.loads(to_json(components.page_content(page, "/clients")))
    functions: set[str] = set()
    dangerous: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("function"), str):
                functions.add(value["function"])
            for event in (value.get("eventListeners") or {}).values():
                functions.update(event)
            dangerous.update(
                value.keys() & {"dangerously_allow_code", "valueGetter", "valueFormatter", "rowClassRules"}
            )
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(sent)
    assert functions == FUNCTIONS
    assert not dangerous


def test_a_grid_is_a_plain_table_in_the_static_site(pages: Pages) -> None:
    grid = pages.clients().panels[0].grid
    assert grid is not None
    table = grid.as_table(1)
    assert len(table.rows) == 1
    shown = dict(zip(table.headings, table.rows[0], strict=True))
    assert (shown["Client"].text, shown["ARR, USD"].text, shown["Since Jun 25"].text) == ("Acme", "1,200*", "200")


def test_a_long_list_is_cut_in_the_browser_and_searched_whole_on_the_server(
    pages: Pages, meta: SiteMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (clients, components, markup):
        monkeypatch.setattr(module, "MOST_ROWS", 1)
    page = pages.clients()
    grid = page.panels[0].grid
    assert grid is not None and grid.is_cut and len(grid.rows) == 2
    sent = components.page_content(page, "/clients")
    assert [row["client_name"] for row in sent["grids"][0].rowData] == ["Acme"]
    assert "2 clients · ARR, USD 1,500 · the first 1 of them here" in sent["html"]
    assert len(as_csv(page.panels[0], meta).splitlines()) == 3  # a file holds all
    for words, expected in (("", 2), ("ACME", 1), ("acme ann", 1), ("acme bob", 0), ("ac.e", 0)):
        assert len(rows_of(pages.clients(f"q={words}"))) == expected, words


def test_a_client_in_one_sentence_and_five_tiles(pages: Pages) -> None:
    page = pages.client("c1")
    assert page.headline == "Acme holds 1.2\u202fk USD of ARR, up 20.0\u202f% on the year; its health is yellow (75)."
    tiles = {tile.key: tile for tile in page.tiles}
    assert {key: tile.value for key, tile in tiles.items()} == {
        "arr": "1.2\u202fk", "kept": "120.0\u202f%", "health": "75", "nps": "40", "days_to_pay": "20",
    }  # fmt: skip
    assert tiles["kept"].note == "10.0 points added to the company's NRR"  # 200 of 2,000
    assert tiles["health"].changes[0].amount == "\u22125"
    assert tiles["arr"].href == "/explain/arr_cc?client=c1"


def test_an_id_is_taken_as_it_is(pages: Pages) -> None:
    page = pages.client(ODD_ID)
    assert page.headline.startswith(HOSTILE)
    row = rows_of(pages.clients())[1]
    grid = pages.clients().panels[0].grid
    assert grid is not None
    assert (grid.columns[0].path, row[grid.columns[0].link]) == (("/clients/", ""), ODD_ID)


def test_a_client_that_left(pages: Pages) -> None:
    page = pages.client("c3")
    assert page.headline == "c3 left in Feb 26 with 500 USD of ARR, for voluntary reasons."
    assert panel_of(page, "health").empty == "Only clients with ARR at the end of Jun 26 are scored."
    assert {tile.key for tile in page.tiles if tile.reason} == {"nps", "days_to_pay", "health"}


def test_a_foreign_client_looks_like_none(pages: Pages) -> None:
    nobody = pages.client("there is none", principal=BOB)
    assert pages.client("c1", principal=BOB) == nobody
    assert nobody.headline == "There is no such client, or it is not yours to see."
    assert pages.client("c1", principal=ANN).title == "Acme"


def test_health_names_what_is_missing_and_the_way_up(pages: Pages) -> None:
    page = pages.client("c1")
    assert panel_of(page, "health").title == (
        "75 of 100 points earned, a score of 75; expansion pipeline misses most, 10 points."
    )
    way = panel_of(page, "way")
    assert way.title == "Green is 5 points away; one step would do, in any of 3 components."
    assert texts(way) == [
        ["Expansion pipeline", "At least 1 open expansion opportunity", "+5", "80, green"],
        ["Satisfaction", "A mean NPS answer of at least 9", "+5", "80, green"],
        ["Payment", "Fewer than 15 days to pay", "+5", "80, green"],
    ]
    unsure = panel_of(pages.client(ODD_ID), "health")
    assert unsure.remark == (
        "Not measured: hiring, satisfaction. With those points all lost the score is 25, with all won 70; it could end "
        "in another band."
    )


def test_service_and_what_comes_next(pages: Pages) -> None:
    page = pages.client("c1")
    titles = {panel.key: panel.title for panel in page.panels}
    assert titles["escalations"] == "1 escalation in 12 months, 1 resolved late, 1 open."
    assert texts(panel_of(page, "escalations")) == [
        ["10 Jun 2026", "P1", "2.5 h", "none yet", "met", "missed", "met", "met", "open"]
    ]
    assert titles["reviews"] == "1 of the last 2 reviews due was held."
    assert titles["people"] == "Everything hangs on one person: only one contact is in touch."
    assert titles["renewals"].startswith("1.2\u202fk USD is up for renewal; the first contract ends in 89 days")
    assert texts(panel_of(page, "renewals"))[0][5:] == ["900", "700 to 1.0\u202fk"]
    assert titles["white_space"] == "It buys 1 of 3 offers; 1 of the free ones are in countries where it buys already."
    assert titles["revenue"] == "Revenue of the last 12 months is 1.2\u202fk; 75.0\u202f% of it is Staffing."
    assert titles["economics"] == "We have 25.0\u202f% of what it spends; 3.0\u202fk goes elsewhere."


def test_margins_of_a_client_are_not_for_an_account_manager(pages: Pages) -> None:
    shown = {row[0]: row[1] for row in texts(panel_of(pages.client("c1"), "economics"))}
    assert (shown["Margin"], shown["Margin rate"]) == ("600.00", "60.0\u202f%")
    hidden = {row[0]: row[1] for row in texts(panel_of(pages.client("c1", principal=ANN), "economics"))}
    assert (hidden["Margin"], hidden["Margin rate"]) == ("not shown to your role", "not shown to your role")


def test_figures_are_valid_and_hold_no_markup_from_data(pages: Pages) -> None:
    for client_id in ("c1", ODD_ID):
        page = pages.client(client_id)
        figures = [figure for panel in page.panels for figure in (panel.figure, panel.narrow) if figure is not None]
        assert figures
        for figure in figures:
            assert "<script" not in checked(figure).to_json()
        components.page_content(page, "/clients/x")
