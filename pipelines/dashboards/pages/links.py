"""Addresses of other pages that keep the question but not the switches of the page they leave."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from pipelines.dashboards.pages.context import Context


def to_page(context: Context, path: str, **changes: str | None) -> str:
    """The address of another page with the question; `changes` as in `Question.query`."""
    left_behind: dict[str, str | None] = dict.fromkeys(context.question.extra)
    return context.link(path, **{**left_behind, **changes})


def to_client(context: Context, client_id: str) -> str:
    """A client's own page."""
    return to_page(context, f"/clients/{quote(client_id, safe='')}")


def to_explanation(context: Context, metric: str, month: dt.date) -> str:
    """The explanation of a number; it keeps its month when a newer one is published."""
    return to_page(context, f"/explain/{metric}", month=f"{month:%Y-%m}")
