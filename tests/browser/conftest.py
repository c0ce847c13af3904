"""A published home of the simulated company, with hostile names in it, served for real, and a Chromium to look at it.

One refresh for all tests of a worker. People: lea (leadership), dora (director of two account managers), and each
account manager by id. Without Chromium the tests say how to get one, and fail where a machine must have it.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pipelines.dashboards.app.sign_in.passwords import set_password
from pipelines.demo.writers.salesforce import ENCODING
from pipelines.serving.release import open_release
from pipelines.settings import load_settings
from tests.small_company import command, environment

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
END, CLIENTS, SEED = "2025-06-30", "40", "11"
PASSWORD = "a password of the tests"
HOSTILE = (
    "<script>document.title='owned'</script>",
    "=cmd|' /C calc'!A0",
    "javascript:document.title='owned'",
    "<img src=x onerror=\"document.title='owned'\">",
    "\u202eesrever \u05e9\u05dc\u05d5\u05dd",
    "Zo\u00eb \U0001f984 & S\u00f6hne",
    "Extraordinarily" + "Long" * 40,
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "+1-1|cmd",
)
WAIT = 30_000  # ms, for machines with much else to do
NOT_DRAWN = "[data-figure]:not(:has(.main-svg))"


@dataclass(frozen=True)
class Home:
    """A published home: its folder, client names by id, and the clients' ids by the account manager's id."""

    folder: Path
    names: dict[str, str]
    clients: dict[str, frozenset[str]]

    @property
    def team(self) -> tuple[str, str]:
        """The director's two account managers."""
        first, second, *_ = sorted(self.clients)
        return first, second


def run(home: Path, *arguments: str) -> None:
    done = subprocess.run(command(*arguments, "--home", str(home)), env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def make_names_hostile(accounts: Path) -> None:
    """Gives the first clients of the export names that somebody made up to do harm; an id of zeros is none."""
    with accounts.open(encoding=ENCODING, newline="") as stream:
        header, *rows = list(csv.reader(stream))
    name, parent = header.index("Name"), header.index("ParentId")
    clients = (row for row in rows if not row[parent].strip("0A") and not re.match("TEST|Wayside", row[name]))
    for row, hostile in zip(clients, HOSTILE, strict=False):
        row[name] = hostile
    with accounts.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([header, *rows])


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("published") / "home"
    run(folder, "demo", "--end", END, "--clients", CLIENTS, "--seed", SEED)
    make_names_hostile(folder / "inbox" / "Account.csv")
    (folder / ".demo").unlink()  # the files are no longer the demo's own
    (folder / "inbox" / ".demo").unlink()
    run(folder, "refresh", "--as-of", END)
    return read_home(folder)


def read_home(folder: Path) -> Home:
    """What the tests have to know of a published home."""
    with open_release(load_settings(folder)) as release:
        rows = release.rows("select client_id, client_name, am_id from marts.dim_clients").rows()
    clients: dict[str, set[str]] = {}
    for client, _, am in rows:
        if am:
            clients.setdefault(am, set()).add(client)
    return Home(folder, {row[0]: row[1] for row in rows}, {am: frozenset(own) for am, own in clients.items()})


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of `tenure serve` for a home, in a process of its own, while the block runs."""
    process = subprocess.Popen(
        command("serve", "--home", str(folder), "--port", "0"),
        env=environment(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
    reader.start()
    try:
        line = process.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), line + "".join(errors)
        yield line.split()[0].rstrip("/")
    finally:
        process.terminate()
        process.wait(timeout=20)
        reader.join(timeout=5)
        sys.stderr.write("".join(errors))  # for whoever reads why a test failed


@pytest.fixture(scope="session")
def open_address(home: Home) -> Iterator[str]:
    """The app without login: whoever sits at this machine sees all."""
    with served(home.folder) as address:
        yield address


def second_home(home: Home, folder: Path) -> Home:
    """A home of its own with the same release; `current` can be moved without touching the first."""
    folder.mkdir()
    (folder / "releases").symlink_to(home.folder / "releases")
    (folder / "current").symlink_to((home.folder / "current").resolve())
    return Home(folder, home.names, home.clients)


@pytest.fixture(scope="session")
def closed_home(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same release in a home with people who sign in by password."""
    closed = second_home(home, tmp_path_factory.mktemp("closed") / "home")
    people = [("lea", "leadership", ""), ("dora", "director", f"team = {json.dumps(home.team)}")]
    people += [(am, "am", f'am_id = "{am}"') for am in sorted(home.clients)]
    (closed.folder / "access.toml").write_text(
        "".join(f'[[people]]\nlogin = "{login}"\nrole = "{role}"\n{more}\n' for login, role, more in people)
    )
    (closed.folder / "tenure.toml").write_text('[serve]\nlogin = "local"\n')
    for login, _, _ in people:
        set_password(load_settings(closed.folder), login, PASSWORD)
    return closed


@pytest.fixture(scope="session")
def closed_address(closed_home: Home) -> Iterator[str]:
    """The app with login."""
    with served(closed_home.folder) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        said = "there is no Chromium; install it with: apt-get install -y chromium"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass
class Tab:
    """A page of the browser, with everything that its console complained about."""

    page: Page
    complaints: list[str]

    def go(self, address: str) -> None:
        """Opens an address and waits until its page is there."""
        self.page.goto(address)
        self.ready()

    def ready(self) -> None:
        """Waits until nothing is on its way any more and every figure is drawn."""
        self.page.wait_for_selector("#main h1", timeout=WAIT)
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator(NOT_DRAWN)).to_have_count(0)


@pytest.fixture
def new_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Makes tabs, each with cookies of its own; `options` are those of a browser context (viewport, colour scheme)."""
    opened = []

    def make(**options: object) -> Tab:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}, **options})
        opened.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Tab(page, complaints)

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def tab(new_tab: Callable[..., Tab]) -> Tab:
    return new_tab()


def sign_in(tab: Tab, address: str, login: str) -> None:
    """Types login and password into the form."""
    tab.page.goto(address + "/sign-in")
    tab.page.get_by_label("Login or e-mail").fill(login)
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign in").click()
    tab.ready()
