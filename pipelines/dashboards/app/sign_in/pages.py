"""The pages of signing in and out, and of being turned away: plain forms, no script."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Response, make_response
from flask_wtf.csrf import generate_csrf

from pipelines.dashboards.app.components import theme_style
from pipelines.html import page_template

TEMPLATES = Path(__file__).parent.parent.parent / "templates"


def sign_in_page(next_path: str, status: int = 200, said: str = "") -> Response:
    """The form to sign in. `said` tells what was wrong, never whether a name exists."""
    return _page(status, title="Sign in", said=said, button="Sign in", token=generate_csrf(), next_path=next_path)


def sign_out_page() -> Response:
    """The form to sign out."""
    return _page(200, title="Sign out?", said="", button="Sign out", token=generate_csrf(), next_path="")


def refusal(status: int, said: str) -> Response:
    """Why somebody may not come in."""
    return _page(status, title="No access", said=said, button="", token="", next_path="")


def local_path(target: str) -> str:
    """Where to go on after signing in: a path of this app, whatever somebody wrote into the address."""
    parts = urlsplit(target.replace("\\", "/"))
    is_local = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith("//")
    return target if is_local and target.isprintable() else "/"


def _page(status: int, **words: str) -> Response:
    page = page_template(TEMPLATES, "sign_in.html.j2").render(themes=theme_style(), **words)
    return make_response(page, status)
