"""The data dictionary in a real browser: from disk and in the app, by keyboard, on a phone, on paper."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Home, Tab, sign_in
from tests.browser.test_matrix import OVERFLOW, PHONE, findings

COLUMN = "marts.rpt_retention.nrr_cc"
EXPORT = "export/stripe/invoice%20(API)/lines.data%5B%5D.amount"
VIEWS = ["", "marts.fct_churn", COLUMN, EXPORT, "metric/nrr_cc", "lake.invoices", "system/salesforce"]


def file_of(home: Home) -> str:
    return (home.folder / "current" / "dashboard" / "dictionary.html").resolve().as_uri()


def opened(tab: Tab, home: Home, key: str = "") -> Page:
    tab.page.goto(f"{file_of(home)}#{key}")
    expect(tab.page.get_by_role("searchbox")).to_be_visible()
    return tab.page


def test_the_keyboard_finds_a_column_and_opens_it(home: Home, tab: Tab) -> None:
    page = opened(tab, home)
    expect(page.locator("h1")).to_have_text(re.compile(r"\d+ of the \d+ columns of the marts lead back"))
    page.keyboard.press("/")
    page.keyboard.type("rpt retention nrr_cc")
    expect(page.locator("#found")).to_contain_text("column")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.hash") == f"#{COLUMN}"
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(COLUMN)
    assert page.url.endswith(f"#{COLUMN}") and page.title() == f"{COLUMN} · Tenure"
    page.go_back()
    expect(page.locator("h1")).to_contain_text("lead back")
    assert tab.complaints == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("net revenue retention", "#metric/nrr_cc"),
        ("Opportunity Amount", "#export/salesforce/Opportunity/Amount"),
        ("fct_churn", "#marts.fct_churn"),
        ("churned ARR", "#marts.fct_churn.churned_arr_cc"),
        ("invoice_lines service_start", "#lake.invoice_lines.service_start"),
    ],
)
def test_search_finds_metrics_exports_tables_and_columns(asked: str, found: str, home: Home, tab: Tab) -> None:
    page = opened(tab, home)
    page.get_by_role("searchbox").fill(asked)
    assert found in page.locator("#results a").evaluate_all("links => links.slice(0, 4).map((link) => link.hash)")


def test_what_is_not_there_is_said_and_escape_leads_back(home: Home, tab: Tab) -> None:
    page = opened(tab, home)
    page.get_by_role("searchbox").fill("no such thing <b>")
    expect(page.locator("#found")).to_have_text('Nothing is called "no such thing <b>". Try one word of it.')
    page.keyboard.press("Escape")
    expect(page.locator("#home")).to_be_visible()


def test_an_address_opens_what_it_names_and_both_ways_lead_back_and_forth(
    home: Home, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab()
    page = opened(tab, home, COLUMN)
    expect(page.locator("h1")).to_have_text(COLUMN)
    panel = page.get_by_role("article").filter(has=page.get_by_role("heading", name="Where it comes from"))
    panel.get_by_role("link", name="lines.data[].amount", exact=True).last.click()
    expect(page.get_by_role("heading", name="What it feeds")).to_be_visible()
    expect(page.locator("#view .about")).to_contain_text("invoice_lines.amount")
    sent = page.url
    other = new_tab()  # somebody who was sent the address
    other.page.goto(sent)
    expect(other.page.locator("h1")).to_have_text("lines.data[].amount")
    other.page.locator(f"#view a[href='#{COLUMN}']").click()
    expect(other.page.locator("h1")).to_have_text(COLUMN)
    assert tab.complaints == other.complaints == []


def test_lineage_keeps_apart_what_is_another_metrics(home: Home, tab: Tab) -> None:
    """An opportunity's amount makes the coverage of upsell, and the measure of expansion in a table of all measures."""
    page = opened(tab, home, "export/salesforce/Opportunity/Amount")
    feeds = page.locator("#view")
    for fed in ("upsell_coverage", "open_expansion_cc"):
        expect(feeds.get_by_role("link", name=fed, exact=True)).to_have_class(re.compile("made"))
    for fed in ("days_to_pay", "nps_mean", "nrr_cc"):
        expect(feeds.get_by_role("link", name=fed, exact=True)).to_have_count(0)


def test_a_wrong_address_shows_all_tables(home: Home, tab: Tab) -> None:
    page = opened(tab, home, "marts.no_such_table/%E0%A4%A")
    expect(page.locator("#home")).to_be_visible()
    assert tab.complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("key", VIEWS)
def test_axe_finds_nothing_serious(key: str, scheme: str, home: Home, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(color_scheme=scheme, bypass_csp=True)  # axe is put into the page as a script
    opened(tab, home, key)
    tab.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert findings(tab) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", VIEWS)
def test_a_phone_shows_all_without_scrolling_sideways(key: str, home: Home, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(**PHONE)
    page = opened(tab, home, key)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate(OVERFLOW) == 0
    assert tab.complaints == []


def test_paper_has_every_table(home: Home, tab: Tab) -> None:
    page = opened(tab, home, COLUMN)
    page.emulate_media(media="print")
    assert page.locator(".entry:visible").count() == page.locator(".entry").count() > 50
    expect(page.get_by_role("searchbox")).to_be_hidden()


def test_without_scripts_all_tables_can_be_read(home: Home, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(java_script_enabled=False)
    tab.page.goto(f"{file_of(home)}#marts.fct_churn.churned_arr_cc")
    expect(tab.page.locator("[id='marts.fct_churn.churned_arr_cc']")).to_be_in_viewport()
    expect(tab.page.get_by_role("searchbox")).to_be_hidden()


@pytest.mark.slow
def test_the_dashboard_leads_to_the_dictionary_and_back(home: Home, tab: Tab) -> None:
    tab.page.goto((home.folder / "current" / "dashboard" / "index.html").resolve().as_uri())
    tab.page.get_by_role("link", name="Dictionary", exact=True).click()
    expect(tab.page).to_have_title("Data dictionary · Tenure")
    tab.page.get_by_role("link", name="Dashboard", exact=True).click()
    expect(tab.page.locator("#overview h1")).to_be_visible()
    assert tab.complaints == []


@pytest.mark.slow
def test_the_app_serves_it_and_its_definitions_lead_to_it(open_address: str, tab: Tab) -> None:
    tab.go(f"{open_address}/definitions")
    tab.page.get_by_role("link", name="nrr_cc in marts.rpt_retention", exact=True).click()
    expect(tab.page.locator("h1")).to_have_text("Net revenue retention, constant currency")
    expect(tab.page.locator("[aria-current=page]")).to_have_text("Dictionary")
    tab.page.get_by_role("button", name="Dark").click()
    assert tab.page.evaluate("document.documentElement.dataset.theme") == "dark"
    tab.page.get_by_role("link", name="Definitions", exact=True).click()
    tab.ready()
    assert tab.complaints == []


@pytest.mark.slow
def test_an_account_manager_is_told_no_row_counts(closed_home: Home, closed_address: str, tab: Tab) -> None:
    tab.page.goto(f"{closed_address}/dictionary")
    tab.page.wait_for_url("**/sign-in?next=*")
    sign_in(tab, closed_address, min(closed_home.clients))
    tab.page.goto(f"{closed_address}/dictionary#marts.dim_clients")
    expect(tab.page.locator("h1")).to_have_text("marts.dim_clients")
    expect(tab.page.get_by_text("Rows in this release")).to_have_count(0)
    assert tab.complaints == []
