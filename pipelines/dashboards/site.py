"""Writes the static site of a release: one self-contained HTML file that opens from disk with no network.

The only module of this room that touches files. Scripts are inlined and named by hash in the page's content security
policy, so nothing that comes with the data can run, and nothing can be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.sparkline import STYLE
from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.pages.overview import overview
from pipelines.dashboards.pages.overview_rows import read_overview
from pipelines.dashboards.pages.view import Page
from pipelines.html import page_template
from pipelines.serving.release import Release

if TYPE_CHECKING:
    import plotly.graph_objects as go

TEMPLATES = Path(__file__).parent / "templates"
ASSETS = Path(__file__).parent / "assets"  # what the static site and the app share
INDEX = "index.html"


def write_site(release: Release, out_dir: Path, meta: SiteMeta) -> Path:
    """Writes `<out_dir>/index.html` from one release or build and returns its path. The same input, the same bytes."""
    page = overview(read_overview(release), meta.units)
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / INDEX
    path.write_text(render(page, meta), encoding="utf-8", newline="\n")
    return path


def render(page: Page, meta: SiteMeta) -> str:
    """The page as HTML."""
    scripts = [
        _plotly_js(),
        *(file.read_text(encoding="utf-8") for file in (ASSETS / "figures.js", TEMPLATES / "site.js")),
    ]
    return page_template(TEMPLATES, "page.html.j2").render(
        page=page,
        meta=meta,
        words=wording,
        csp=_content_security_policy(scripts),
        style=Markup((ASSETS / "site.css").read_text(encoding="utf-8") + STYLE),
        light=theme.css_variables(0),
        dark=theme.css_variables(1),
        font=Markup(theme.FONT),
        figures=_data_block({"figures": _figures(page), "dark": theme.dark_colours()}),
        scripts=[Markup(script) for script in scripts],
    )


def _figures(page: Page) -> dict[str, Any]:
    """Figures by panel: `wide`, and `narrow` where a phone gets another one."""
    found: dict[str, Any] = {}
    for panel in page.panels:
        if panel.figure is not None:
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


def _plotly_js() -> str:
    """Plotly's script as installed. Only the full bundle comes with the package (4.6 MB of the file's size)."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _content_security_policy(scripts: list[str]) -> str:
    """Nothing from anywhere, except the page's own scripts and styles and the pictures made in it (chart downloads)."""
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
