"""Writes the static site of a release: self-contained HTML files that open from disk or an e-mail with no network.

One file for leadership, and one for each account manager the access file names, with only that reader's data. The only
module of this room that touches files. Scripts are named by hash in the page's content security policy, so nothing that
comes with the data can run, and nothing can be fetched.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from markupsafe import Markup

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.sparkline import STYLE
from pipelines.dashboards.markup import TEMPLATES, Face, figures_of
from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.registry import PAGES, PageSpec
from pipelines.dashboards.pages.view import Page
from pipelines.html import content_security_policy, data_block, page_template
from pipelines.serving.principal import LEADERSHIP, Principal
from pipelines.serving.release import Release

ASSETS = Path(__file__).parent / "assets"  # what the static site and the app share
PLOTLY = ASSETS / "vendor" / "plotly-cartesian.min.js"
INDEX = "index.html"
AM_FOLDER = "account-managers"

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
    figures = {f"{spec.key}-{key}": figure for spec, page in sections for key, figure in figures_of(page).items()}
    return page_template(TEMPLATES, "page.html.j2").render(
        sections=sections,
        meta=meta,
        reader="" if principal == LEADERSHIP else principal.name,
        words=wording,
        face_of=lambda key: Face(prefix=f"{key}-"),
        csp=content_security_policy([plotly, *scripts]),
        style=Markup((ASSETS / "site.css").read_text(encoding="utf-8") + STYLE),
        light=theme.css_variables(0),
        dark=theme.css_variables(1),
        font=Markup(theme.FONT),
        figures=data_block({"figures": figures, "dark": theme.dark_colours()}),
        plotly=Markup(_packed(plotly)) if figures else "",
        scripts=[Markup(script) for script in scripts],
    )


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
