"""The gate: every request has a principal or is turned away, before anything of a release is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, abort, g, redirect, request
from flask_login import LoginManager, current_user, logout_user

from pipelines.dashboards.app.sign_in import headers, local, oidc, passwords, proxy, session
from pipelines.dashboards.app.sign_in.limits import install_limiter
from pipelines.dashboards.app.sign_in.pages import refusal, sign_out_page
from pipelines.dashboards.app.sign_in.people import People
from pipelines.errors import UserError
from pipelines.serving.principal import Principal

if TYPE_CHECKING:
    import dash
    from werkzeug.wrappers import Response

    from pipelines.settings import Settings

OPEN_PATHS = ("/sign-in", "/signed-in", "/assets/")  # no data behind any of them
NOBODY = "Nobody gave you access to these dashboards. Ask whoever keeps the access file."


def current_principal() -> Principal:
    """The reader of the request that is being answered; 401 where there is none."""
    principal: Principal | None = g.get("principal")
    if principal is None:
        abort(401)
    return principal


def install_sign_in(app: dash.Dash, settings: Settings) -> None:
    """Closes the app's server to everybody but the people of the access file, by the login the settings name.

    Without login the server answers this machine only, and only as long as there is no access file. Raises UserError
    where the settings do not fit together.
    """
    server, serve, people = app.server, settings.serve, People(settings)
    _refuse_what_is_unsafe(settings, people)
    session.configure(server, settings)
    headers.install(app, serve)
    secret = proxy.read_secret(serve) if serve.login == "proxy" else ""
    if serve.login == "local":
        local.add_routes(server, settings, people, install_limiter(server))
    if serve.login == "oidc":
        oidc.add_routes(server, serve, people)
    if serve.has_sessions:
        _install_sessions(server)

    def principal_now() -> Principal | None:
        if serve.login == "none":
            return people.access.loopback
        if serve.login == "proxy":
            identity = proxy.identity(serve, secret)
        else:
            identity = current_user.get_id() if _is_session_valid(settings) else None
        return people.access.principal_of(identity) if identity else None

    @server.before_request
    def let_in() -> Response | None:
        headers.refuse_other_sites()
        if request.path.startswith(OPEN_PATHS):
            return None
        g.principal = principal_now()
        if g.principal is not None:
            return None
        if serve.has_sessions and request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return redirect(f"/sign-in?next={quote(request.full_path.rstrip('?'), safe='')}", 303)
        return refusal(401 if serve.has_sessions else 403, NOBODY)


def _install_sessions(server: Flask) -> None:
    manager = LoginManager(server)
    manager.session_protection = None  # readers change networks; the cookie is signed, short-lived and same-site
    manager.user_loader(session.Reader)

    @server.get("/sign-out")
    def sign_out_form() -> Response:
        return sign_out_page()

    @server.post("/sign-out")
    def sign_out() -> Response:
        headers.csrf(server).protect()
        logout_user()
        session.begin()
        return redirect("/sign-in", 303)


def _is_session_valid(settings: Settings) -> bool:
    """Whether somebody is signed in, with the password that still holds."""
    if not current_user.is_authenticated:
        return False
    return settings.serve.login != "local" or session.proof() == passwords.fingerprint(settings, current_user.get_id())


def _refuse_what_is_unsafe(settings: Settings, people: People) -> None:
    serve = settings.serve

    def refuse(what: str, do: str) -> Any:
        raise UserError(what, done="nothing was served", do=do)

    if serve.login == "none":
        if not serve.is_loopback:
            refuse(
                f"without login the dashboards are shown on this machine only, not on {serve.host}",
                "set serve.login to local, proxy or oidc, or leave serve.host out",
            )
        if people.access.is_configured:
            refuse(
                "access.toml says who may see what, but nobody signs in (serve.login is none)",
                "set serve.login to local, proxy or oidc",
            )
        return
    if not people.access.people:
        refuse("people have to sign in, but access.toml names nobody", "name them in access.toml (docs/rights.md)")
    if not serve.is_loopback and not serve.public_url.startswith("https://"):
        refuse(
            f"on {serve.host} passwords and figures would travel in the clear",
            "put a proxy with TLS in front and set serve.public_url to its https address",
        )
    if serve.login == "local" and not passwords.has_any(settings):
        refuse("nobody has a password yet", "run `tenure password LOGIN` for each person")
