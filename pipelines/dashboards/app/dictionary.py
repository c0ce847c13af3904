"""The data dictionary of the live release, for the reader who asks: the page of each release, in the app's frame."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Response, abort

from pipelines.dashboards.app import components, shell
from pipelines.dashboards.app.sign_in import current_principal
from pipelines.dashboards.dictionary.page import dictionary_page, script

if TYPE_CHECKING:
    from flask import Flask

    from pipelines.dashboards.app.live_pages import LivePages
    from pipelines.dashboards.meta import SiteMeta
    from pipelines.serving.principal import Principal

ADDRESS = "/dictionary"
BESIDE = "/definitions"  # its meta are the dictionary's: both are about a release as a whole
KEPT = 16
ATTEMPTS = 3


def add_routes(server: Flask, pages: LivePages, look: str, can_sign_out: bool) -> None:
    """Adds `/dictionary` and its script. `look`: the address of the script that sets the theme."""

    @lru_cache(maxsize=KEPT)
    def page(release_id: str, principal: Principal, meta: SiteMeta) -> str | None:
        """None where another release has become the live one meanwhile."""
        frame = {
            "bar": shell.bar(principal, meta, "dictionary", "", can_sign_out),
            "themes": components.theme_style(),
            "look": look,
            "script": f"{ADDRESS}.js",
        }
        with pages.live.reading(principal) as release:
            is_same = release.manifest["release_id"] == release_id
            return dictionary_page(release, pages.settings, meta, frame) if is_same else None

    @server.get(ADDRESS)
    def dictionary() -> Response:
        principal = current_principal()
        for _ in range(ATTEMPTS):
            meta = pages.page(principal, BESIDE, "").meta
            if meta is None:
                break
            if html := page(meta.release_id, principal, meta):
                return Response(html, mimetype="text/html")
        abort(503)

    @server.get(f"{ADDRESS}.js")
    def dictionary_script() -> Response:
        return Response(script(), mimetype="text/javascript")
