"""Puts the app together: one Dash application over the live release of a home.

One callback makes a page out of its address, and the first answer holds the page already, to be read while scripts are
on their way. Every number comes through `LivePages`, which asks `serving` as the principal of the request. Nothing
about rights is decided in the browser.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import dash
from dash import ClientsideFunction, Input, Output, State
from flask import request
from plotly.offline import get_plotlyjs_version

from pipelines.dashboards.app import components, dictionary, downloads, shell
from pipelines.dashboards.app.live_pages import LivePages, Shown
from pipelines.dashboards.app.sign_in import current_principal, install_sign_in
from pipelines.dashboards.figures import theme
from pipelines.dashboards.site import ASSETS, PLOTLY

if TYPE_CHECKING:
    from pipelines.settings import Settings

LOOK = "app.js"  # theme first, before anything is painted
INDEX = """<!doctype html>
<html lang="en">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title>
<meta id="dark-colours" content="@DARK@">
<link rel="icon" href="/assets/mark.svg">
<link rel="prefetch" href="@PLOTLY@" id="plotly-source">
<style>@THEMES@</style>
{%css%}
<script src="@LOOK@"></script>
</head>
<body>
{%app_entry%}
<footer hidden>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>
"""


def create_app(settings: Settings, pages: LivePages | None = None) -> dash.Dash:
    """The app, ready to be served. Raises UserError where the access file of the home is wrong."""
    pages = pages or LivePages(settings)
    app = _App(
        pages,
        settings.serve.has_sessions,
        name="tenure",
        assets_folder=str(ASSETS),
        assets_ignore=f"{re.escape(PLOTLY.name)}|^{LOOK}$",  # one comes with the first figure, one in the head
        title="Tenure",
        update_title="",
        suppress_callback_exceptions=True,
        serve_locally=True,
    )
    app.index_string = (
        INDEX.replace("@THEMES@", components.theme_style())
        .replace("@DARK@", html.escape(json.dumps(theme.dark_colours())))
        .replace("@PLOTLY@", _address(app, PLOTLY, get_plotlyjs_version()))
        .replace("@LOOK@", _address(app, ASSETS / LOOK, _fingerprint(ASSETS / LOOK)))
    )
    app.layout = shell.layout
    install_sign_in(app, settings)
    _add_page_callback(app)
    # What the browser does by itself is in its own script.
    app.clientside_callback(ClientsideFunction("tenure", "setTitle"), Input("title", "data"))
    downloads.add_routes(app.server, pages)
    look = _address(app, ASSETS / LOOK, _fingerprint(ASSETS / LOOK))
    dictionary.add_routes(app.server, pages, look, settings.serve.has_sessions)
    return app


class _App(dash.Dash):
    """Answers every first request with the page it asks for."""

    def __init__(self, pages: LivePages, can_sign_out: bool, **options: Any) -> None:
        self.pages = pages
        self.can_sign_out = can_sign_out
        super().__init__(**options)

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]  # Dash names every part
        """Dash's hook for the HTML around the app. Its entry comes last, so nothing in a page is taken for a place."""
        query = request.query_string.decode("utf-8", "replace")
        shown, frame = self.shown(request.path, f"?{query}" if query else "")
        first = shell.first_paint(frame.bar, frame.stale, shown.content["html"], frame.foot)
        found: str = super().interpolate_index(**{**parts, "app_entry": first + parts["app_entry"]})
        return found

    def shown(self, path: str, query: str) -> tuple[Shown, Frame]:
        """The page of an address for the reader who asks, and what stands around it."""
        principal = current_principal()
        shown = self.pages.page(principal, path, query)
        frame = Frame(
            shell.bar(principal, shown.meta, shown.key, query, self.can_sign_out),
            shell.stale(shown.meta, dt.datetime.now(dt.UTC).date()),
            shell.foot(shown.meta),
        )
        return shown, frame


class Frame(NamedTuple):
    """HTML of the parts of the frame."""

    bar: str
    stale: str
    foot: str


def _address(app: dash.Dash, file: Path, version: str) -> str:
    """Where an asset is served, with its version, so that browsers keep it until there is another."""
    return f"{app.get_asset_url(file.relative_to(ASSETS).as_posix())}?v={version}"


def _fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _add_page_callback(app: _App) -> None:
    @app.callback(
        Output("page", "content"),
        Output("bar", "children"),
        Output("stale", "children"),
        Output("foot", "children"),
        Output("title", "data"),
        Output("release", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("watch", "n_intervals"),
        State("release", "data"),
    )
    def show(path: str | None, query: str | None, beats: int | None, release_id: str | None) -> tuple[Any, ...]:
        path, query = str(path or "/"), str(query or "")  # a request that no browser made may hold anything
        query = query if query.startswith("?") else ""
        if dash.ctx.triggered_id == "watch" and release_id == app.pages.live.release_id:
            raise dash.exceptions.PreventUpdate
        shown, frame = app.shown(path, query)
        parts = [components.part("Html", html=html) for html in frame]
        return (shown.json, *parts, f"{shown.page.title} · Tenure", shown.meta.release_id if shown.meta else None)
