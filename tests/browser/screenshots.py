"""Pictures of every page of a home: light, dark and as wide as a phone.

python -m tests.browser.screenshots [--home data/demo] [--out data/screenshots] [--page clients ...]
"""

import argparse
import sys
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import expect, sync_playwright

from pipelines.dashboards.pages.registry import PAGES
from pipelines.serving.release import open_release
from pipelines.settings import load_settings
from tests.browser.conftest import CHROMIUM, NOT_DRAWN, WAIT, served

METRIC = "nrr_cc"
LOOKS = {
    "light": {"viewport": {"width": 1400, "height": 1000}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1400, "height": 1000}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path("data/demo"))
    parser.add_argument("--out", type=Path, default=Path("data/screenshots"))
    parser.add_argument("--page", action="append", help="only this page, by its key; may be repeated")
    arguments = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("there is no Chromium; install it with: apt-get install -y chromium")
    arguments.out.mkdir(parents=True, exist_ok=True)
    with open_release(load_settings(arguments.home)) as release:
        ((client,),) = release.rows("select arg_max(client_id, arr_cc) from marts.dim_clients").rows()
    items = {"client": quote(client, safe=""), "explain": METRIC}
    with served(arguments.home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for look, options in LOOKS.items():
            page = browser.new_context(**options).new_page()
            for spec in PAGES:
                if arguments.page and spec.key not in arguments.page:
                    continue
                page.goto(f"{address}{spec.path}{items.get(spec.key, '')}")
                page.wait_for_selector("#main h1", timeout=WAIT)
                page.wait_for_load_state("networkidle")
                expect(page.locator(NOT_DRAWN)).to_have_count(0, timeout=WAIT)
                path = arguments.out / f"{spec.key}-{look}.png"
                page.screenshot(path=path, full_page=True)
                sys.stdout.write(f"{path}\n")
        browser.close()


if __name__ == "__main__":
    main()
