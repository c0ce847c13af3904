"""How fast the pages of a home appear in a real browser, beside what was promised.

    python -m benchmarks.pages [--home data/demo] [--clients 20000] [--runs 5] [--page retention ...]

headline: from following the address until the page's sentence is there; chart: until its first figure is drawn;
filter: from choosing a month until its page is there. Milliseconds, medians; each run opens a tab of its own, and the
browser keeps the scripts as it does for a reader. With `--clients`, the release is written anew with that many clients
first, into a home in the temporary folder: each client's rows of the marts are repeated under new ids.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
from playwright.sync_api import BrowserContext, expect, sync_playwright

from pipelines.dashboards.pages.registry import PAGES
from pipelines.serving.release import WAREHOUSE_FILE, open_release
from pipelines.settings import load_settings

SMALL, LARGE = (1000, 300), (2000, 1000)  # budgets: first paint, filter
LARGE_FROM = 5000  # clients
METRIC = "nrr_cc"
CLIENTS = "select (select count(*) from marts.dim_clients), arg_max(client_id, arr_cc) from marts.dim_clients"
COLUMNS = "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
WATCH = """
const seen = window.seen = {};
new MutationObserver(() => {
  if (!seen.headline && document.querySelector('main h1')) seen.headline = performance.now();
  if (!seen.chart && document.querySelector('[data-figure] .main-svg')) seen.chart = performance.now();
}).observe(document, { childList: true, subtree: true });
"""
NOT_DRAWN = "[data-figure]:not(:has(.main-svg))"
CHOOSE = """(run) => new Promise((done) => {
  const box = document.getElementById('choice-month');
  if (!box) { done(null); return; }
  const main = document.getElementById('main');
  const before = main.textContent;
  const start = performance.now();
  const look = () => {
    const spent = performance.now() - start;
    if (main.textContent !== before || spent > 20000) done(spent); else requestAnimationFrame(look);
  };
  Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(box, box.options[run + 1].value);
  box.dispatchEvent(new Event('change', { bubbles: true }));
  requestAnimationFrame(look);
})"""


class Run(NamedTuple):
    """Milliseconds; None where a page has no figure or no month to choose."""

    headline: float
    chart: float | None
    filter: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path("data/demo"))
    parser.add_argument("--clients", type=int, help="measure a copy of the release with that many clients")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--page", action="append", help="only this page, by its key; may be repeated")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tenure-pages-") as folder:
        home = arguments.home
        if arguments.clients:
            home = enlarged(home, arguments.clients, Path(folder))
        show(home, arguments.runs, arguments.page)


def show(home: Path, runs: int, only: list[str] | None) -> None:
    """Measures the pages and prints a line for each."""
    with open_release(load_settings(home)) as release:
        clients, largest = release.rows(CLIENTS).row(0)
    paint, after = LARGE if clients >= LARGE_FROM else SMALL
    items = {"client": largest, "explain": METRIC}
    print(f"{clients} clients, {runs} runs, load of the machine {os.getloadavg()[0]:.1f}")
    print(f"{'page':<12}{'headline':>10}{'chart':>10}{'budget':>10}{'filter':>10}{'budget':>10}")
    with served(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        context.add_init_script(WATCH)
        for spec in PAGES:
            if only and spec.key not in only:
                continue
            url = f"{address}{spec.path}{items.get(spec.key, '')}"
            measured = [one_run(context, url, run) for run in range(runs + 1)][1:]  # the first fills the caches
            headline, chart, chosen = (median(values) for values in zip(*measured, strict=True))
            print(f"{spec.key:<12}{headline:>10}{chart:>10}{paint:>10}{chosen:>10}{after:>10}", flush=True)
        browser.close()


def one_run(context: BrowserContext, url: str, run: int) -> Run:
    """Opens an address in a new tab, then chooses a month that no run before it chose."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#main h1")
    page.wait_for_load_state("networkidle")
    expect(page.locator(NOT_DRAWN)).to_have_count(0, timeout=30_000)
    seen = page.evaluate("seen")
    chosen = page.evaluate(CHOOSE, run)
    page.close()
    return Run(seen["headline"], seen.get("chart"), chosen)


def median(values: tuple[float | None, ...]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.0f}" if known else "-"


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of the app, in a process of its own."""
    command = [sys.executable, "-m", "pipelines", "serve", "--home", str(home), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[0].rstrip("/")
    finally:
        process.terminate()
        process.wait()


def enlarged(home: Path, clients: int, folder: Path) -> Path:
    """A home whose release has about that many clients, each a copy of one that is there, for speed alone."""
    release = folder / "releases" / "enlarged"
    release.mkdir(parents=True)
    source = load_settings(home).current
    shutil.copyfile(source / "manifest.json", release / "manifest.json")
    shutil.copyfile(source / WAREHOUSE_FILE, release / WAREHOUSE_FILE)
    with duckdb.connect(str(release / WAREHOUSE_FILE)) as connection:
        (there,) = connection.execute("select count(*) from marts.dim_clients").fetchone() or (0,)
        copies = max(0, round(clients / there) - 1)
        columns: dict[str, set[str]] = {}
        for table, column in connection.execute(COLUMNS).fetchall():
            columns.setdefault(table, set()).add(column)
        for table, names in sorted(columns.items()):
            if "client_id" in names:
                named = ", client_name || ' ' || copy as client_name" if table == "dim_clients" else ""
                replaced, rows = f"client_id || '-' || copy as client_id{named}", "true"
            elif "segment_value" in names:
                replaced, rows = "segment_value || '-' || copy as segment_value", "segment = 'client'"
            else:
                continue
            connection.execute(
                f"insert into marts.{table} select original.* from (select original.* replace ({replaced})"
                f" from marts.{table} as original, range({copies}) as copies(copy) where {rows}) as original"
            )
    (folder / "current").symlink_to(release)
    return folder


if __name__ == "__main__":
    main()
