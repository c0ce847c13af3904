"""What stays on screen while pages change: the bar with navigation and data stamp, the page's place, the footer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from dash import dcc, html

from pipelines.dashboards import wording
from pipelines.dashboards.app.components import named
from pipelines.dashboards.pages.registry import PAGES
from pipelines.serving.principal import Principal

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from pipelines.dashboards.meta import SiteMeta

WATCH_SECONDS = 20
STALE_DAYS = 3
LOADING_DELAY_MS = 400


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
                html.Main(id="main", tabIndex=-1),
                delay_show=LOADING_DELAY_MS,
                overlay_style={"visibility": "visible", "opacity": 0.5},
                type="dot",
            ),
            html.Footer(id="foot"),
        ]
    )


def bar(principal: Principal, meta: SiteMeta | None, key: str, query: str, can_sign_out: bool) -> list[Component]:
    """The bar's content: brand, navigation (the question stays with the reader), stamp, theme, account."""
    links = []
    for spec in PAGES:
        if spec.in_navigation:
            current: dict[str, Any] = {"aria-current": "page"} if spec.key == key else {}
            name = "current" if spec.key == key else ""
            links.append(html.Span(dcc.Link(spec.label, href=spec.path + query), className=name, **current))
    mark = html.Img(src="/assets/mark.svg", alt="", width=20, height=20)
    brand = dcc.Link([mark, "Tenure"], href="/", className="brand")
    return [
        brand,
        html.Nav(links, className="pages", **named("Pages")),
        html.Dl(_stamp(meta), className="stamp") if meta else html.Span(className="stamp"),
        html.Button("Dark", id="theme-switch", type="button", className="switch-theme"),
        _account(principal, can_sign_out),
    ]


def _stamp(meta: SiteMeta) -> list[Component]:
    facts = [("Data as of", wording.date(meta.as_of_on)), *([("Company", "simulated demo")] if meta.is_demo else [])]
    return [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]


def _account(principal: Principal, can_sign_out: bool) -> Component:
    name = html.Span(principal.name, className="reader", dir="auto")
    if not can_sign_out:
        return html.Div(name, className="account")
    return html.Div([name, html.A("Sign out", href="/sign-out")], className="account")


def stale(meta: SiteMeta | None, today: dt.date) -> list[Component]:
    """A line above the figures when they are old. The demo's dates are made up, so its age says nothing."""
    if meta is None or meta.is_demo or (days := (today - meta.as_of_on).days) <= STALE_DAYS:
        return []
    words = f"These figures are {days} days old: data as of {wording.date(meta.as_of_on)}."
    return [html.P(words, className="stale", role="status")]


def foot(meta: SiteMeta | None) -> str:
    """The last line of every page."""
    if meta is None:
        return "Tenure"
    published = f" · built {wording.date(meta.published_at)} {meta.published_at:%H:%M} UTC" if meta.published_at else ""
    return f"Tenure · release {meta.release_id} · data as of {wording.date(meta.as_of_on)}{published}"
