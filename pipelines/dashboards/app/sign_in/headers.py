"""What every answer tells the browser (run only our scripts, embed us nowhere, keep nothing), and who may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, request
from flask_wtf.csrf import CSRFProtect

if TYPE_CHECKING:
    import dash

    from pipelines.settings import ServeSettings

THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")
SAME_SITE = ("same-origin", "none")  # "none": typed by the reader


def install(app: dash.Dash, serve: ServeSettings) -> None:
    """Sets the headers of every answer, and the names under which the server answers."""
    server = app.server
    public = serve.public_url.split("://")[-1].strip("/")
    # A foreign name that is made to lead here (DNS rebinding) must not read figures through a reader's browser.
    server.config["TRUSTED_HOSTS"] = [*THIS_MACHINE, *([public.partition(":")[0]] if public else [])]
    server.config["WTF_CSRF_CHECK_DEFAULT"] = False  # forms are checked where they are taken; see `refuse_other_sites`
    server.config["WTF_CSRF_SSL_STRICT"] = False  # TLS ends at the proxy
    csrf(server)
    policy: list[str] = []

    @server.after_request
    def add_headers(answer: Response) -> Response:
        if not policy:  # the scripts are known only once all callbacks are
            policy.append(_content_security_policy(app))
        answer.headers["Content-Security-Policy"] = policy[0]
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["X-Frame-Options"] = "DENY"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if serve.public_url.startswith("https://"):
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.path.startswith("/assets/") and "v" in request.args:  # its version is part of the address
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif not request.path.startswith(("/assets/", "/_dash-component-suites/")):
            answer.headers["Cache-Control"] = "no-store"
        return answer


def csrf(server: Flask) -> CSRFProtect:
    """The check of form tokens, one for the server."""
    found: Any = server.extensions.get("csrf")
    return found or CSRFProtect(server)


def refuse_other_sites() -> None:
    """Turns away what another site's page makes a browser send."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in SAME_SITE:
        abort(403)
    origin = request.headers.get("Origin")
    if origin and origin.partition("://")[2] != request.host:
        abort(403)


def _content_security_policy(app: dash.Dash) -> str:
    scripts = " ".join(["'self'", *(f"'{found.strip(chr(39))}'" for found in app.csp_hashes())])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
