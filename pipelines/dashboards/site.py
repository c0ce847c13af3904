"""Writes the static site of a release: self-contained HTML files that open from disk or an e-mail with no network.

One file for leadership, and one for each account manager the access file names, with only that reader's data. The only
module of this room that touches files. Scripts are named by hash in the page's content security policy, so nothing that
comes with the data can run, and nothing can be fetched.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.sparkline import STYLE
from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.registry import PAGES, PageSpec
from pipelines.dashboards.pages.view import Page
from pipelines.html import page_template
from pipelines.serving.principal import LEADERSHIP, Principal
from pipelines.serving.release import Release

if TYPE_CHECKING:
    import plotly.graph_objects as go

TEMPLATES = Path(__file__).parent / "templates"
ASSETS = Path(__file__).parent / "assets"  # what the static site and the app share
PLOTLY = ASSETS / "vendor" / "plotly-cartesian.min.js"
INDEX = "index.html"
AM_FOLDER = "account-managers"
GRID_ROWS = 100  # of a grid, in a page that cannot scroll on the server's account

Section = tuple[PageSpec, Page]


def write_site(
    open_for: Callable[[Principal], Release], out_dir: Path, meta: SiteMeta, managers: Sequence[Principal] = ()
) -> list[Path]:
    """Writes `<out_dir>/index.html` for leadership, `<out_dir>/account-managers/<am_id>.html` for each of `managers`.

    `open_for` opens the release or build as a principal sees it. The same input, the same bytes. Returns the paths.
    """
    wanted = [(out_dir / INDEX, LEADERSHIP, [spec for spec in PAGES if spec.in_site])]
    own_pages = [spec for spec in PAGES if spec.in_manager_site]
    wanted += [(out_dir / AM_FOLDER / f"{_stem(manager)}.html", manager, own_pages) for manager in managers]
    for path, principal, specs in wanted:
        with open_for(principal) as release:
            context = Context(release, Question(), meta.units, principal, meta.as_of_on)
            html = render([(spec, spec.build(context)) for spec in specs], meta, principal)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html, encoding="utf-8", newline="\n")
    return [path for path, _, _ in wanted]


def _stem(manager: Principal) -> str:
    (am_id,) = manager.am_ids or ("",)
    return file_stem(am_id)


def file_stem(am_id: str) -> str:
    """The id as a file name; where it is none, a hash of it."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", am_id):
        return am_id
    return hashlib.sha256(am_id.encode("utf-8")).hexdigest()[:16]


def render(sections: list[Section], meta: SiteMeta, principal: Principal = LEADERSHIP) -> str:
    """All pages of one reader as one HTML file."""
    plotly, scripts = _plotly(), _scripts()
    figures = {f"{spec.key}-{key}": figure for spec, page in sections for key, figure in _figures(page).items()}
    return page_template(TEMPLATES, "page.html.j2").render(
        sections=sections,
        meta=meta,
        reader="" if principal == LEADERSHIP else principal.name,
        words=wording,
        grid_rows=GRID_ROWS,
        csp=_content_security_policy([plotly, *scripts]),
        style=Markup((ASSETS / "site.css").read_text(encoding="utf-8") + STYLE),
        light=theme.css_variables(0),
        dark=theme.css_variables(1),
        font=Markup(theme.FONT),
        figures=_data_block({"figures": figures, "dark": theme.dark_colours()}),
        plotly=Markup(_packed(plotly)) if figures else "",
        scripts=[Markup(script) for script in scripts],
    )


def _figures(page: Page) -> dict[str, Any]:
    """Figures by panel: `wide`, and `narrow` where a phone gets another one."""
    found: dict[str, Any] = {}
    for panel in page.panels:
        if panel.figure is not None and not panel.empty:
            found[panel.key] = {"wide": _plain(panel.figure)}
            if panel.narrow is not None:
                found[panel.key]["narrow"] = _plain(panel.narrow)
    return found


def _plain(figure: go.Figure) -> Any:
    return json.loads(figure.to_json())


def _data_block(data: Any) -> Markup:
    """JSON for a script element: no text in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


@cache
def _plotly() -> str:
    return PLOTLY.read_text(encoding="utf-8")


@cache
def _packed(script: str) -> str:
    """A script as the page unpacks it: 1.5 MB become 0.7 MB, which is what an e-mail takes."""
    return base64.b64encode(gzip.compress(script.encode("utf-8"), compresslevel=6, mtime=0)).decode("ascii")


@cache
def _scripts() -> list[str]:
    return [file.read_text(encoding="utf-8") for file in (ASSETS / "figures.js", TEMPLATES / "site.js")]


def _content_security_policy(scripts: list[str]) -> str:
    """Nothing from anywhere, except the page's own scripts and styles and the pictures made in it (chart downloads)."""
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
