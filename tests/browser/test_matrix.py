"""What every page keeps to in a browser: accessible, on a phone, on paper, in both themes, in bad times."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from pypdf import PdfReader

from pipelines.dashboards.pages.registry import PAGES
from tests.browser.conftest import Home, Tab, second_home, served
from tests.browser.test_core import path_of

pytestmark = pytest.mark.slow

KEYS = [spec.key for spec in PAGES]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOO_WIDE = """() => [...document.querySelectorAll('#main .main-svg')].filter(
    (drawing) => drawing.getBoundingClientRect().right > window.innerWidth + 1).length"""


def findings(tab: Tab) -> list[str]:
    """What axe-core finds serious or critical on the page."""
    found = Axe().run(tab.page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("key", KEYS)
def test_axe_finds_nothing_serious(
    key: str, scheme: str, home: Home, open_address: str, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab(color_scheme=scheme, bypass_csp=True)  # axe is put into the page as a script
    tab.go(open_address + path_of(key, home))
    tab.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert findings(tab) == []


def test_the_form_to_sign_in_is_accessible(closed_address: str, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(bypass_csp=True)
    tab.page.goto(closed_address + "/sign-in")
    assert findings(tab) == []


@pytest.mark.parametrize("key", KEYS)
def test_a_phone_shows_all_without_scrolling_sideways(
    key: str, home: Home, open_address: str, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab(**PHONE)
    tab.go(open_address + path_of(key, home))
    assert tab.page.evaluate(OVERFLOW) == 0
    assert tab.page.evaluate(TOO_WIDE) == 0
    assert tab.complaints == []


def test_figures_are_drawn_anew_when_the_window_becomes_narrow(open_address: str, tab: Tab) -> None:
    tab.go(open_address)
    tab.page.set_viewport_size({"width": 390, "height": 844})
    expect(tab.page.locator("[data-figure] .main-svg").first).to_be_visible()
    tab.page.wait_for_timeout(500)
    assert tab.page.evaluate(TOO_WIDE) == 0
    assert tab.page.evaluate(OVERFLOW) == 0


def test_the_keyboard_is_enough(open_address: str, tab: Tab) -> None:
    page = tab.page
    tab.go(open_address)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the figures")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.locator(".brand").focus()
    order = []
    for _ in PAGES:
        page.keyboard.press("Tab")
        order.append(page.locator(":focus").inner_text())
    labels = [spec.label for spec in PAGES if spec.in_navigation]
    assert order[: len(labels)] == labels
    page.get_by_role("link", name="Retention", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/retention")
    tab.ready()
    month = page.get_by_label("Month", exact=True)
    month.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**/retention?month=*")
    tab.ready()
    expect(page.get_by_label("Month", exact=True)).to_be_focused()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details[open] table").first).to_be_visible()


@pytest.mark.parametrize("key", ["overview", "client"])
def test_a_page_on_paper_has_its_sentence_and_no_buttons(key: str, home: Home, open_address: str, tab: Tab) -> None:
    tab.go(open_address + path_of(key, home))
    headline = tab.page.locator("h1").inner_text()
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(tab.page.pdf(format="A4"))).pages)
    letters = "".join(filter(str.isalpha, headline))  # digits of one width have no characters in a PDF's text
    assert letters in "".join(filter(str.isalpha, words))
    assert "XLSX" not in words and "Dark" not in words


def test_the_theme_is_kept(open_address: str, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(color_scheme="light")
    tab.go(open_address)
    root, ground = tab.page.locator("html"), "getComputedStyle(document.body).backgroundColor"
    light = tab.page.evaluate(ground)
    tab.page.get_by_role("button", name="Dark").click()
    expect(root).to_have_attribute("data-theme", "dark")
    dark = tab.page.evaluate(ground)
    assert dark != light
    tab.page.reload()
    tab.ready()
    expect(root).to_have_attribute("data-theme", "dark")
    assert tab.page.evaluate(ground) == dark
    tab.page.get_by_role("button", name="Light").click()
    expect(root).to_have_attribute("data-theme", "light")
    assert tab.complaints == []


@pytest.fixture(scope="module")
def sad_home(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose release is of its own, to be emptied and taken away."""
    sad = second_home(home, tmp_path_factory.mktemp("sad") / "home")
    (sad.folder / "releases").unlink()
    (sad.folder / "current").unlink()
    shutil.copytree((home.folder / "current").resolve(), sad.folder / "releases" / "empty")
    (sad.folder / "current").symlink_to(sad.folder / "releases" / "empty")
    with duckdb.connect(str(sad.folder / "current" / "warehouse.duckdb")) as connection:
        tables = "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'intermediate')"
        for schema, table in connection.execute(tables).fetchall():
            connection.execute(f'delete from {schema}."{table}"')
    return sad


def test_a_release_without_figures_says_so_on_every_page(sad_home: Home, tab: Tab) -> None:
    with served(sad_home.folder) as address:
        for key in KEYS:
            tab.go(address + path_of(key, sad_home))
            words = tab.page.locator("#main").inner_text()
            assert "went wrong" not in words and "nan" not in words.lower().split(), key
            assert len(words) > 40, key
        assert tab.complaints == []


def test_old_figures_say_how_old_they_are(open_address: str, tab: Tab) -> None:
    tab.go(open_address)  # as of 2025, and the files are no demo's
    expect(tab.page.locator("#stale")).to_contain_text("days old")


def test_a_release_that_vanishes_is_told_and_a_new_one_found(home: Home, tmp_path: Path, tab: Tab) -> None:
    gone = second_home(home, tmp_path / "home")
    current, aside = gone.folder / "current", gone.folder / "aside"
    with served(gone.folder) as address:
        tab.go(address)
        current.rename(aside)
        tab.go(address + "/retention")
        expect(tab.page.locator("#main")).to_contain_text("no published release")
        assert str(tmp_path) not in tab.page.locator("body").inner_text()
        aside.rename(current)
        tab.go(address + "/retention")
        expect(tab.page.locator("#foot")).to_contain_text("release")
        expect(tab.page.locator(".headline > p")).to_be_visible()
