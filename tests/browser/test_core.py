"""The dashboards in a real browser: every page, the ways between them, filters, downloads, login, new releases."""

import csv
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from pipelines.dashboards.pages.registry import PAGES
from pipelines.settings import load_settings
from tests.browser.conftest import HOSTILE, PASSWORD, Home, Tab, second_home, served, sign_in

METRIC = "nrr_cc"
FORMULA = re.compile(r"^[=+\-@\t\r]")


def path_of(key: str, home: Home) -> str:
    """The address of a page; one that needs an id gets a hostile client's or a metric's."""
    spec = next(spec for spec in PAGES if spec.key == key)
    client = next(client for client, name in home.names.items() if name in HOSTILE)
    return spec.path + {"client": quote(client), "explain": METRIC}.get(key, "")


def question(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def content(page: Page) -> str:
    return page.locator("#main").inner_text()


@pytest.mark.parametrize("key", [spec.key for spec in PAGES])
def test_page_opens_without_complaint(key: str, home: Home, open_address: str, tab: Tab) -> None:
    tab.go(open_address + path_of(key, home))
    assert tab.complaints == []
    assert tab.page.locator("h1").count() == 1
    assert tab.page.locator("h1").inner_text().strip()
    assert tab.page.title().endswith(" · Tenure")
    assert "went wrong" not in content(tab.page)
    assert all(len(figure.get_attribute("aria-label") or "") > 10 for figure in tab.page.locator("[data-figure]").all())


def test_from_a_bar_to_the_lines_of_an_invoice(open_address: str, tab: Tab) -> None:
    page = tab.page
    tab.go(open_address)
    page.locator("[data-figure=waterfall] .point").nth(3).click(force=True)  # after start, new and returned: expansion
    page.wait_for_url("**/clients?movement=expansion")
    tab.ready()
    page.locator(".ag-row a").first.click()
    page.wait_for_url("**/clients/*")
    tab.ready()
    client = urlsplit(page.url).path.rsplit("/", 1)[1]
    page.locator("#main a[href*='/explain/']").first.click()
    page.wait_for_url(re.compile("/explain/"))
    tab.ready()
    assert tab.page.locator("h1").inner_text().strip()
    tab.go(f"{open_address}/explain/arr_cc?client={client}")
    lines = page.locator("table").filter(has_text=re.compile("invoice", re.I)).first
    expect(lines).to_be_visible()
    assert tab.complaints == []


def test_a_filter_writes_the_address_and_the_address_restores_the_view(
    open_address: str, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab()
    tab.go(open_address)
    before = content(tab.page)
    newest = tab.page.get_by_label("Month", exact=True).locator("option:checked").inner_text()
    earlier = tab.page.get_by_label("Month", exact=True).locator("option").nth(3)
    value, words = earlier.get_attribute("value"), earlier.inner_text()
    tab.page.get_by_label("Month", exact=True).select_option(value)
    expect(tab.page.locator(".headline > p")).to_contain_text(words)
    tab.page.get_by_label("Basis", exact=True).select_option("reported")
    expect(tab.page.locator(".headline > p")).to_contain_text("eported")
    tab.ready()
    assert question(tab.page) == {"month": [value], "basis": ["reported"]}
    asked, seen = tab.page.url, content(tab.page)
    assert seen != before

    other = new_tab()  # somebody who was sent the address
    other.go(asked)
    assert content(other.page) == seen

    tab.page.go_back()
    tab.page.go_back()
    expect(tab.page.locator(".headline > p")).to_contain_text(newest)
    tab.ready()
    assert content(tab.page) == before
    assert tab.complaints == other.complaints == []


def test_navigation_keeps_the_question(open_address: str, tab: Tab) -> None:
    tab.go(f"{open_address}/?month=2025-03")
    tab.page.get_by_role("link", name="Retention", exact=True).click()
    tab.page.wait_for_url("**/retention?month=2025-03")
    expect(tab.page.locator("[aria-current=page]")).to_have_text("Retention")


def download(page: Page, panel: str, kind: str) -> bytes:
    with page.expect_download() as waiting:
        button = page.locator(f"#panel-{panel} .behind").get_by_text(kind, exact=True)
        button.click()
    path = waiting.value.path()
    assert waiting.value.suggested_filename.endswith(f".{kind.lower()}")
    return Path(path).read_bytes()


def test_tables_are_downloaded_as_they_are_shown(open_address: str, tab: Tab) -> None:
    tab.go(open_address)
    panel = tab.page.locator("#panel-waterfall")
    panel.locator("summary").click()
    shown = [row.locator("th, td").all_inner_texts() for row in panel.locator("tr").all()]
    rows = list(csv.reader(io.StringIO(download(tab.page, "waterfall", "CSV").decode("utf-8-sig"))))
    assert [row[0] for row in rows] == [row[0] for row in shown]
    assert len(rows) > 5 and all(re.fullmatch(r"-?\d+(\.\d+)?|", row[1]) for row in rows[1:])
    book = CalamineWorkbook.from_filelike(io.BytesIO(download(tab.page, "waterfall", "XLSX")))
    cells = book.get_sheet_by_name("Table").to_python()
    assert [float(row[1] or 0) for row in cells[1:]] == pytest.approx([float(row[1] or 0) for row in rows[1:]])
    for row, texts in zip(rows[1:], shown[1:], strict=True):
        assert is_written(row[1], texts[1])


def is_written(raw: str, shown: str) -> bool:
    """Whether a page writes a number so: `1.2 m`, `340 k` or in full, signs and digits as readers expect them."""
    if not raw:
        return not re.search(r"\d", shown)
    factor = {"m": 1e6, "k": 1e3}.get(shown.strip()[-1], 1)
    plain = re.sub(r"[^\d.\-]", "", shown.replace("−", "-"))
    digits = len(plain.partition(".")[2])
    return abs(float(raw) / factor - float(plain)) <= 0.51 * 10**-digits


def test_hostile_names_in_files_are_no_formulas(open_address: str, tab: Tab) -> None:
    tab.go(open_address + "/clients")
    panel = (tab.page.locator("article:has([data-grid])").first.get_attribute("id") or "").removeprefix("panel-")
    text = download(tab.page, panel, "CSV").decode("utf-8-sig")
    cells = [cell for row in list(csv.reader(io.StringIO(text)))[1:] for cell in row]
    assert [c for c in cells if FORMULA.match(c) and not re.fullmatch(r"-\d+(\.\d+)?", c)] == []
    shown = {cell.lstrip("'") for cell in cells} & set(HOSTILE)
    assert any(FORMULA.match(name) for name in shown)
    book = CalamineWorkbook.from_filelike(io.BytesIO(download(tab.page, panel, "XLSX")))
    names = {str(cell) for row in book.get_sheet_by_name("Table").to_python() for cell in row}
    assert names & set(HOSTILE) == shown  # text: of a formula only its value would be read, and there is none


def test_a_grid_stays_as_the_reader_left_it_when_a_filter_changes(open_address: str, tab: Tab) -> None:
    tab.go(open_address + "/clients")
    page = tab.page
    page.locator(".ag-row").first.wait_for()
    page.evaluate("document.querySelector('.ag-root-wrapper').dataset.same = 'yes'")
    before = page.locator(".ag-center-cols-container").inner_text()
    page.get_by_role("button", name="All columns").click()
    page.get_by_role("searchbox").fill("a")
    page.get_by_label("Month", exact=True).select_option(index=2)
    page.wait_for_url("**/clients?month=*")
    tab.ready()
    expect(page.locator(".ag-center-cols-container")).not_to_have_text(before, use_inner_text=True)
    assert page.evaluate("document.querySelector('.ag-root-wrapper').dataset.same") == "yes"
    expect(page.get_by_role("button", name="All columns")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("searchbox")).to_have_value("a")
    assert tab.complaints == []


def test_a_figure_is_downloaded_as_a_picture(open_address: str, tab: Tab) -> None:
    tab.go(open_address)
    tab.page.locator("[data-figure=waterfall] .main-svg").first.wait_for()
    assert download(tab.page, "waterfall", "PNG").startswith(b"\x89PNG")
    assert download(tab.page, "waterfall", "SVG").lstrip().startswith(b"<svg")
    assert tab.complaints == []


@pytest.mark.slow
def test_hostile_names_are_text_and_nothing_else(home: Home, open_address: str, tab: Tab) -> None:
    hostile = {client: name for client, name in home.names.items() if name in HOSTILE}
    assert len(hostile) == len(HOSTILE)
    for client, name in hostile.items():
        tab.go(f"{open_address}/clients/{quote(client)}")
        assert "".join(name.split()) in "".join(content(tab.page).split())
        assert tab.page.title() != "owned"
        assert tab.page.locator("#main script, #main img[src='x'], #main a[href^='javascript']").count() == 0
    tab.go(f"{open_address}/clients?month=%3Cscript%3Edocument.title%3D'owned'%3C/script%3E&am=%3Cimg+src=x%3E")
    assert tab.page.title() != "owned"
    assert tab.complaints == []


def test_signing_in_and_out(closed_address: str, tab: Tab) -> None:
    tab.page.goto(closed_address + "/retention")
    tab.page.wait_for_url("**/sign-in?next=*")
    tab.page.get_by_label("Login or e-mail").fill("lea")
    tab.page.get_by_label("Password").fill("not the password")
    tab.page.get_by_role("button", name="Sign in").click()
    expect(tab.page.get_by_text("do not belong together")).to_be_visible()
    tab.page.get_by_label("Login or e-mail").fill("lea")
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign in").click()
    tab.ready()
    assert urlsplit(tab.page.url).path == "/retention"
    tab.page.get_by_role("link", name="Sign out").click()
    tab.page.get_by_role("button", name="Sign out").click()
    tab.page.wait_for_url("**/sign-in")
    tab.page.goto(closed_address + "/retention")
    tab.page.wait_for_url("**/sign-in?next=*")


def test_an_account_manager_sees_their_clients_and_no_others(closed_home: Home, closed_address: str, tab: Tab) -> None:
    am = max(closed_home.clients, key=lambda am: len(closed_home.clients[am]))
    own = closed_home.clients[am]
    sign_in(tab, closed_address, am)
    tab.go(closed_address + "/clients")
    tab.page.locator(".ag-row a").first.wait_for()
    seen = {
        a.rsplit("/", 1)[1].split("?")[0] for a in tab.page.locator(".ag-row a").evaluate_all("n=>n.map(a=>a.href)")
    }
    assert seen and seen <= own
    foreign = next(client for client in sorted(closed_home.names) if client not in own)
    tab.go(f"{closed_address}/clients/{foreign}")
    assert closed_home.names[foreign] not in tab.page.locator("body").inner_text()


def test_the_app_follows_a_new_release_without_a_restart(home: Home, tmp_path: Path, tab: Tab) -> None:
    moving = second_home(home, tmp_path / "home")
    first = (home.folder / "current").resolve()
    (moving.folder / "releases").unlink()
    second = moving.folder / "releases" / f"{first.name[:-8]}ffffffff"
    shutil.copytree(first, second)
    manifest = second / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace(first.name, second.name))
    with served(moving.folder) as address:
        tab.go(address)
        expect(tab.page.locator("#foot")).to_contain_text(first.name)
        publish(moving.folder, second)
        tab.page.get_by_role("link", name="Retention", exact=True).click()
        expect(tab.page.locator("#foot")).to_contain_text(second.name)
        tab.go(address)
        expect(tab.page.locator("#foot")).to_contain_text(second.name)
    assert load_settings(moving.folder).current.resolve() == second


def publish(folder: Path, release: Path) -> None:
    """Moves `current` as a refresh does: in one step."""
    (folder / "next").symlink_to(release)
    (folder / "next").replace(folder / "current")
