"""Rights at the app's door: everybody x every page x every download x requests that no browser would write.

A foreign client must not appear in any answer: not by id, not by name, not by an amount that only this client has.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, unquote

import dash
import pytest
from flask import Flask

from pipelines.dashboards.app.server import create_app
from pipelines.dashboards.app.sign_in.gate import OPEN_PATHS
from pipelines.dashboards.pages.registry import PAGES
from pipelines.serving.release import open_release
from pipelines.settings import load_settings
from tests.browser.conftest import Home
from tests.browser.visitor import BASE, Visitor, text_of

pytestmark = pytest.mark.slow

START = 12  # characters of a name that tell whose it is, where a label is cut
AMOUNTS = """
select distinct client_id, cast(amount as varchar)
from (
    select client_id, unnest([arr_cc, arr_reported]) as amount from marts.fct_arr
    union all select client_id, unnest([revenue_cc, revenue_local]) from marts.fct_revenue
)
where abs(amount) > 1000
"""
NUMBER = re.compile(r"\d[\d,]*\.\d+")


def plain(number: str) -> str:
    """One way of writing a number that pages, files and scripts write in several."""
    return number.replace(",", "").rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Secrets:
    """What tells of a client: id, name, and amounts that are not round, by client."""

    names: dict[str, str]
    numbers: dict[str, frozenset[str]]

    def leaks(self, text: str, own: frozenset[str]) -> set[str]:
        """What of foreign clients stands in a text."""
        foreign = self.names.keys() - own
        starts = {self.names[client][:START] for client in own}
        marks = set(foreign)
        marks |= {self.names[client] for client in foreign}
        marks |= {self.names[client][:START] for client in foreign} - starts
        found = {mark for mark in marks if mark in text}
        others = set().union(*(self.numbers[client] for client in foreign if client in self.numbers))
        others -= set().union(*(self.numbers[client] for client in own if client in self.numbers))
        return found | (others & {plain(number) for number in NUMBER.findall(text)})


@pytest.fixture(scope="module")
def secrets(home: Home) -> Secrets:
    with open_release(load_settings(home.folder)) as release:
        numbers: dict[str, set[str]] = {}
        for client, number in release.rows(AMOUNTS).rows():
            if "." in plain(number):  # a round number stands for many things
                numbers.setdefault(client, set()).add(plain(number).lstrip("-"))
    return Secrets(home.names, {client: frozenset(found) for client, found in numbers.items()})


@pytest.fixture(scope="module")
def app(closed_home: Home) -> dash.Dash:
    return create_app(load_settings(closed_home.folder))


@pytest.fixture(scope="module")
def server(app: dash.Dash) -> Flask:
    return app.server


@cache
def visitor(server: Flask, login: str) -> Visitor:
    return Visitor(server, login)


@pytest.fixture(scope="module")
def downloads(server: Flask) -> list[str]:
    """Every download of every page that leadership is offered."""
    lea = visitor(server, "lea")
    pages = [spec.path for spec in PAGES if not spec.path.endswith("/") or spec.path == "/"]
    texts = [text_of(lea.page(path)) for path in [*pages, "/explain/nrr_cc", "/explain/arr_cc"]]
    found = sorted({path for text in texts for path in re.findall(r"/download/[^\s\"]+", text)})
    assert len(found) > 2 * len(pages)
    return found


def people(home: Home) -> Iterator[tuple[str, frozenset[str]]]:
    """Everybody who does not see all, with their own clients."""
    yield from home.clients.items()
    yield "dora", frozenset().union(*(home.clients[am] for am in home.team))


def test_leadership_sees_what_the_others_must_not(server: Flask, secrets: Secrets) -> None:
    seen = secrets.leaks(text_of(visitor(server, "lea").page("/clients")), frozenset())
    assert len(seen & secrets.names.keys()) > len(secrets.names) / 2 < len(seen & set(secrets.names.values()))
    client = max(secrets.numbers, key=lambda each: len(secrets.numbers[each]))  # has been one for long, so still is
    explained = text_of(visitor(server, "lea").page("/explain/arr_cc", f"?client={client}"))
    assert secrets.numbers[client] & secrets.leaks(explained, frozenset())


def test_no_page_shows_a_foreign_client(home: Home, server: Flask, secrets: Secrets) -> None:
    for login, own in people(home):
        reader = visitor(server, login)
        foreign = sorted(home.names.keys() - own)[:2]
        others = sorted(home.clients.keys() - {login})[:1]
        questions = [
            "",
            f"?am={others[0]}",
            "?tier=strategic",
            "?month=2025-03&basis=reported",
            f"?client={foreign[0]}",
        ]
        paths = [spec.path for spec in PAGES if not spec.path.endswith("/") or spec.path == "/"]
        asked = [(path, query) for path in paths for query in questions]
        for client in foreign:
            asked += [(f"/clients/{client}", ""), (f"/explain/arr_cc/../../clients/{client}", "")]
            asked += [("/explain/arr_cc", f"?client={client}"), ("/explain/nrr_cc", f"?am={others[0]}&client={client}")]
            asked += [("/explain/health_score", f"?client={client}"), (f"/clients/{client}%00", f"?am={others[0]}")]
        for path, query in asked:
            answer = reader.page(path, query)
            assert answer.status_code == 200, (login, path, query)
            # What was asked for may be repeated; nothing else may tell of anybody.
            leaks = secrets.leaks(text_of(answer), own)
            assert leaks <= {part for part in re.split(r"%00|[/?&=]", path + query) if part}, (login, path, query)


def test_no_download_holds_a_foreign_client(home: Home, server: Flask, secrets: Secrets, downloads: list[str]) -> None:
    for login, own in people(home):
        reader = visitor(server, login)
        foreign = sorted(home.names.keys() - own)[0]
        page = quote(f"/clients/{foreign}", safe="")
        got = 0
        for path in [*downloads, f"/download/arr.csv?page={page}", f"/download/invoices.xlsx?page={page}"]:
            answer = reader.get(path)
            assert answer.status_code in (200, 404), (login, path)
            got += answer.status_code == 200
            assert secrets.leaks(text_of(answer), own) - {foreign} == set(), (login, path)
        assert got


def test_pages_kept_for_one_reader_are_found_by_no_other(home: Home, server: Flask, secrets: Secrets) -> None:
    first, second = home.team
    for path in ("/clients", "/", "/account-managers"):
        for login in ("lea", first, second, "lea", second, first):
            text = text_of(visitor(server, login).page(path))
            if login != "lea":
                assert secrets.leaks(text, home.clients[login]) == set(), (login, path)


@pytest.mark.parametrize(
    "path",
    [
        "../../secret.key",
        "/../../etc/passwd",
        "//evil.example/",
        "http://evil.example/",
        "file:///etc/passwd",
        "",
        "\\",
    ],
)
def test_a_download_reads_no_other_place(server: Flask, path: str) -> None:
    answer = visitor(server, "lea").get(f"/download/waterfall.csv?page={quote(path, safe='')}")
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"output": "..page.content...secrets.data.."},
        {"output": "nothing.at-all", "outputs": {"id": "nothing", "property": "at-all"}},
        {"outputs": []},
        {"inputs": []},
        {"inputs": [{"id": "url", "property": "pathname", "value": {"a": ["/"]}}] * 3},
        {"inputs": "text"},
        {"state": [{"id": "release", "property": "data", "value": {"x": 1}}]},
        {"changedPropIds": ["watch.n_intervals"]},
        {"background": True, "cancelJob": "x"},
    ],
)
def test_a_tampered_callback_gives_away_nothing(
    home: Home, server: Flask, secrets: Secrets, changes: dict[str, object]
) -> None:
    am, own = next(people(home))
    answer = visitor(server, am).callback(**changes)
    text = text_of(answer)
    assert secrets.leaks(text, own) == set()
    assert "Traceback" not in text and "site-packages" not in text


def test_without_a_session_every_route_is_closed(app: dash.Dash, server: Flask) -> None:
    visitor(server, "lea").page("/")  # all routes are there only after the first request
    nobody = server.test_client()
    tried = 0
    for rule in server.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?\w+>", "x", unquote(rule.rule))
        if path.startswith(OPEN_PATHS):
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = nobody.open(path, method=method, base_url=BASE, json={} if method != "GET" else None)
            assert answer.status_code == 401, (method, path)
            tried += 1
    assert tried > 8
