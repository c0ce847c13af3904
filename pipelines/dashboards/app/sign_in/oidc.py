"""Signing in at the company's identity provider (OpenID Connect, authorization code with PKCE and nonce)."""

from __future__ import annotations

import os
from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, request, url_for
from flask import session as cookie
from flask_login import login_user
from joserfc.errors import JoseError
from requests.exceptions import RequestException
from werkzeug.wrappers import Response

from pipelines.dashboards.app.sign_in import session
from pipelines.dashboards.app.sign_in.pages import local_path, refusal
from pipelines.dashboards.app.sign_in.people import People
from pipelines.errors import UserError
from pipelines.settings import ServeSettings

DISCOVERY = "/.well-known/openid-configuration"
UNREACHABLE = "The identity provider does not answer as it should. Try again in a minute; the server's log says more."
UNKNOWN = "You are signed in at your company, but nobody gave you access to these dashboards."


def add_routes(server: Flask, serve: ServeSettings, people: People) -> None:
    """Adds the way to the provider and back. Raises UserError where a setting is missing."""
    provider = _provider(server, serve)

    @server.get("/sign-in")
    def sign_in() -> Response:
        back = serve.public_url.rstrip("/") + url_for("signed_in")
        try:
            answer: Response = provider.authorize_redirect(back)
        except RequestException:
            server.logger.exception("the identity provider cannot be reached")
            return refusal(502, UNREACHABLE)
        cookie["next"] = local_path(request.args.get("next", "/"))
        return answer

    @server.get("/signed-in")
    def signed_in() -> Response:
        next_path = local_path(str(cookie.get("next", "/")))
        try:
            token = provider.authorize_access_token()
        except (OAuthError, JoseError) as error:  # the second: an id token that is not what it should be
            server.logger.warning("sign-in refused: %s", error)
            return refusal(401, "Signing in did not work. Start again from the dashboards' address.")
        except RequestException:
            server.logger.exception("the identity provider cannot be reached")
            return refusal(502, UNREACHABLE)
        identity = _identity(token.get("userinfo") or {}, serve.oidc_claim)
        if identity is None or people.access.principal_of(identity) is None:
            return refusal(403, UNKNOWN)
        session.begin()
        login_user(session.Reader(identity))
        return redirect(next_path, 303)


def _identity(claims: dict[str, Any], claim: str) -> str | None:
    """The claim that names the person; an e-mail address the provider has not verified names nobody."""
    value = claims.get(claim)
    if claim == "email" and claims.get("email_verified") is False:
        return None
    return value if isinstance(value, str) and value else None


def _provider(server: Flask, serve: ServeSettings) -> Any:
    secret = os.environ.get(serve.oidc_client_secret_from, "")
    missing = [
        name
        for name, value in (
            ("serve.oidc_issuer", serve.oidc_issuer),
            ("serve.oidc_client_id", serve.oidc_client_id),
            ("serve.public_url", serve.public_url),
            (f"the variable {serve.oidc_client_secret_from}", secret),
        )
        if not value
    ]
    if missing:
        raise UserError(
            f"login by OpenID Connect needs {', '.join(missing)}",
            done="nothing was served",
            do="docs/dashboards.md lists the settings",
        )
    return OAuth(server).register(
        "provider",
        client_id=serve.oidc_client_id,
        client_secret=secret,
        server_metadata_url=serve.oidc_issuer.rstrip("/") + DISCOVERY,
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
    )
