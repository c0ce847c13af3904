"""Writes the dictionary as one HTML file that opens from disk with no network; the app serves the same page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pipelines.dashboards import wording
from pipelines.dashboards.dictionary.content import read_dictionary
from pipelines.dashboards.dictionary.words import GROUPS, LAKE_TABLES, SYSTEMS
from pipelines.dashboards.figures import theme
from pipelines.html import content_security_policy, data_block, page_template

if TYPE_CHECKING:
    from pipelines.dashboards.meta import SiteMeta
    from pipelines.serving.release import Release
    from pipelines.settings import Settings

ROOM = Path(__file__).parent
ASSETS = ROOM.parent / "assets"
FILE_NAME = "dictionary.html"


def dictionary_page(release: Release, settings: Settings, meta: SiteMeta, frame: dict[str, str] | None = None) -> str:
    """The page for the one whom the release is open for.

    `frame` is the app's: HTML of its `bar`, CSS of its `themes`, addresses of its `look` and of the page's `script`.
    Without it the page stands alone, and names its script by hash in its own security policy.
    """
    dictionary = read_dictionary(release, settings, meta.units)
    data = {**dictionary.as_data(), "outside": LAKE_TABLES, "systems": SYSTEMS}
    alone = frame is None
    frame = frame or {"bar": "", "themes": _themes(), "look": "", "script": ""}
    return page_template(ROOM, "dictionary.html.j2").render(
        dictionary=dictionary,
        groups=GROUPS,
        traced=dictionary.traced,
        metrics=len(data["metrics"]),
        exports=len(data["exports"]),
        systems=_systems(data),
        has_rows=release.principal.sees_all_clients,
        meta=meta,
        words=wording,
        csp=content_security_policy([script()]) if alone else "",
        themes=Markup(frame["themes"]),
        style=Markup((ASSETS / "site.css").read_text(encoding="utf-8") + _own("dictionary.css")),
        bar=Markup(frame["bar"]),
        look=frame["look"],
        script_address=frame["script"],
        script=Markup(script()),
        data=data_block(data),
    )


def _systems(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and title of every system, those that the release has rows of first."""
    used = {system for system, _, _, is_used, _ in data["exports"] if is_used}
    names = {system for system, *_ in data["exports"]}
    return [(name, SYSTEMS.get(name, name)) for name in sorted(names, key=lambda name: (name not in used, name))]


def write_dictionary(release: Release, settings: Settings, meta: SiteMeta, out_dir: Path) -> Path:
    """Writes `<out_dir>/dictionary.html` for the one whom the release is open for. The same input, the same bytes."""
    path = out_dir / FILE_NAME
    path.write_text(dictionary_page(release, settings, meta), encoding="utf-8", newline="\n")
    return path


def script() -> str:
    """What the page does in the browser."""
    return _own("dictionary.js")


@cache
def _own(name: str) -> str:
    return (ROOM / name).read_text(encoding="utf-8")


def _themes() -> str:
    """Custom properties of both themes: by the screen's, and light on paper."""
    light, dark = (
        "".join(f"{name}:{value};" for name, value in theme.css_variables(index).items()) for index in (0, 1)
    )
    return f":root{{{light}--font:{theme.FONT};}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
