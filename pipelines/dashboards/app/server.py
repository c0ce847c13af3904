"""Puts the app together: one Dash application over the live release of a home.

One callback makes a page out of its address; every number in the answer comes through `LivePages`, which asks `serving`
as the principal of the request. Nothing about rights is decided in the browser.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import TYPE_CHECKING, Any

import dash
from dash import ClientsideFunction, Input, Output, State
from plotly.offline import get_plotlyjs_version

from pipelines.dashboards.app import components, downloads, shell
from pipelines.dashboards.app.live_pages import LivePages
from pipelines.dashboards.app.sign_in import current_principal, install_sign_in
from pipelines.dashboards.figures import theme
from pipelines.dashboards.site import ASSETS, PLOTLY

if TYPE_CHECKING:
    from pipelines.settings import Settings

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
</head>
<body>
{%app_entry%}
<footer hidden>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>
"""


def create_app(settings: Settings, pages: LivePages | None = None) -> dash.Dash:
    """The app, ready to be served. Raises UserError where the access file of the home is wrong."""
    app = dash.Dash(
        "tenure",
        assets_folder=str(ASSETS),
        assets_ignore=re.escape(PLOTLY.name),  # it comes with the first figure
        title="Tenure",
        update_title="",
        suppress_callback_exceptions=True,
        serve_locally=True,
    )
    app.index_string = (
        INDEX.replace("@THEMES@", components.theme_style())
        .replace("@DARK@", html.escape(json.dumps(theme.dark_colours())))
        .replace("@PLOTLY@", _plotly_address(app))
    )
    app.layout = shell.layout
    install_sign_in(app, settings)
    pages = pages or LivePages(settings)
    _add_page_callback(app, pages, settings.serve.has_sessions)
    # What the browser does by itself is in `assets/app.js`.
    app.clientside_callback(ClientsideFunction("tenure", "setTitle"), Input("title", "data"))
    downloads.add_routes(app.server, pages)
    return app


def _plotly_address(app: dash.Dash) -> str:
    """Where plotly.js is served, with its version, so that browsers keep it until there is another."""
    return f"{app.get_asset_url(PLOTLY.relative_to(ASSETS).as_posix())}?v={get_plotlyjs_version()}"


def _add_page_callback(app: dash.Dash, pages: LivePages, can_sign_out: bool) -> None:
    @app.callback(
        Output("main", "children"),
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
        if dash.ctx.triggered_id == "watch" and release_id == pages.live.release_id:
            raise dash.exceptions.PreventUpdate
        principal = current_principal()
        shown = pages.page(principal, path, query)
        meta = shown.meta
        return (
            shown.content,
            shell.bar(principal, meta, shown.key, query, can_sign_out),
            shell.stale(meta, dt.datetime.now(dt.UTC).date()),
            shell.foot(meta),
            f"{shown.page.title} · Tenure",
            meta.release_id if meta else None,
        )
