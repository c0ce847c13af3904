"""Readers whom a reverse proxy has signed in: it names them in a header and proves itself by a shared secret."""

from __future__ import annotations

import hmac
import os

from flask import request

from pipelines.errors import UserError
from pipelines.settings import ServeSettings

SECRET_HEADER = "X-Tenure-Proxy-Secret"
SHORTEST_SECRET = 24


def read_secret(serve: ServeSettings) -> str:
    """The secret the proxy shares with us. Raises UserError where it is missing, guessable, or others reach us."""
    secret = os.environ.get(serve.proxy_secret_from, "")
    if len(secret) < SHORTEST_SECRET:
        raise UserError(
            f"login by proxy needs a secret of at least {SHORTEST_SECRET} characters in {serve.proxy_secret_from}",
            done="nothing was served",
            do=f"set it here, and let the proxy send it as {SECRET_HEADER}",
        )
    if not serve.is_loopback:
        raise UserError(
            f"login by proxy listens on this machine only, not on {serve.host}",
            done="nothing was served",
            do="set serve.host to 127.0.0.1 and run the proxy on this machine",
        )
    return secret


def identity(serve: ServeSettings, secret: str) -> str | None:
    """Whom the proxy names in this request; None where the request is not the proxy's or names nobody."""
    shown = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(shown.encode(), secret.encode()):
        return None
    return request.headers.get(serve.proxy_header) or None
