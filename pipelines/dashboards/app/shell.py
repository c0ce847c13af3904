"""What stays on screen while pages change: the bar with navigation and data stamp, the page's place, the footer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from dash import dcc, html

from pipelines.dashboards import wording
from pipelines.dashboards.app.components import part
from pipelines.dashboards.markup import frame_html
from pipelines.dashboards.pages.registry import PAGES
from pipelines.serving.principal import Principal

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.dashboards.meta import SiteMeta

WATCH_SECONDS = 20
STALE_DAYS = 3
LOADING_DELAY_MS = 400
SKIP = '<a href="#main" class="skip">Skip to the figures</a>'


def layout() -> Component:
    """The frame. It holds nothing of any release: the callback of the page fills it for the reader who asks."""
    return html.Div(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="title"),
            dcc.Store(id="release"),
            dcc.Interval(id="watch", interval=WATCH_SECONDS * 1000),
            html.A("Skip to the figures", href="#main", className="skip"),
            html.Header(id="bar", className="bar"),
            html.Div(id="stale"),
            dcc.Loading(
                html.Main(part("Page", id="page"), id="main", tabIndex=-1),  # type: ignore[arg-type]  # sent as it is
                delay_show=LOADING_DELAY_MS,
                overlay_style={"visibility": "visible", "opacity": 0.5},
                type="dot",
            ),
            html.Footer(id="foot"),
        ]
    )


def first_paint(bar: str, stale: str, page: str, foot: str) -> str:
    """The same frame around a page as HTML, to be read while the scripts are still on their way.

    `assets/parts.js` takes it away when the page itself is there.
    """
    return (
        f'<div id="first">{SKIP}<header class="bar">{bar}</header>{stale}<main>{page}</main>'
        f"<footer>{foot}</footer></div>"
    )


def bar(principal: Principal, meta: SiteMeta | None, key: str, query: str, can_sign_out: bool) -> str:
    """The bar's content: brand, navigation (the question stays with the reader), stamp, theme, account."""
    return frame_html(
        "bar",
        specs=PAGES,
        key=key,
        query=query,
        meta=meta,
        words=wording,
        reader=principal.name,
        can_sign_out=can_sign_out,
    )


def stale(meta: SiteMeta | None, today: dt.date) -> str:
    """A line above the figures when they are old. The demo's dates are made up, so its age says nothing."""
    if meta is None or meta.is_demo or (days := (today - meta.as_of_on).days) <= STALE_DAYS:
        return ""
    return frame_html("stale", days=days, meta=meta, words=wording)


def foot(meta: SiteMeta | None) -> str:
    """The last line of every page."""
    return frame_html("foot", meta=meta, words=wording)
