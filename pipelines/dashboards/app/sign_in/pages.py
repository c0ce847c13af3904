"""The pages of signing in and out: plain forms, no script."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Response, make_response

from pipelines.dashboards.app.components import theme_style
from pipelines.html import page_template

TEMPLATES = Path(__file__).parent.parent.parent / "templates"


def form_page(status: int = 200, said: str = "", next_path: str = "/", signing_out: bool = False) -> Response:
    """The form to sign in (or out). `said` tells what was wrong, never whether a name exists."""
    from flask_wtf.csrf import generate_csrf

    page = page_template(TEMPLATES, "sign_in.html.j2").render(
        said=said, next_path=next_path, signing_out=signing_out, token=generate_csrf(), themes=theme_style()
    )
    return make_response(page, status)


def refusal(status: int, said: str) -> Response:
    """A page that says why somebody may not come in."""
    page = page_template(TEMPLATES, "refused.html.j2").render(said=said, themes=theme_style())
    return make_response(page, status)


def local_path(target: str) -> str:
    """Where to go on after signing in: a path of this app, whatever somebody wrote into the address."""
    parts = urlsplit(target.replace("\\", "/"))
    is_local = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith("//")
    return target if is_local and target.isprintable() else "/"
