"""The signed cookie that says who signed in, when and how; everything else about the person is looked up each time."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

from flask import Flask, session
from flask_login import UserMixin

from pipelines.release.files import write_durably
from pipelines.settings import Settings

KEY_FILE = ".session-key"
KEY_BYTES = 32


class Reader(UserMixin):
    """Somebody who signed in, by the login name or e-mail that was proven."""

    def __init__(self, identity: str) -> None:
        self.id = identity


def configure(server: Flask, settings: Settings) -> None:
    """Cookies that no script reads and no other site sends; secure where readers come by https."""
    is_https = settings.serve.public_url.startswith("https://")
    server.config.update(
        SECRET_KEY=_key(settings.home / KEY_FILE),
        SESSION_COOKIE_NAME="__Host-tenure" if is_https else "tenure",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_https,
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=settings.serve.session_hours),
        SESSION_REFRESH_EACH_REQUEST=False,  # a session ends when it ends, however busy it was
    )


def begin(proof: str = "") -> None:
    """A new session, nothing of an older one in it. `proof` changes when the credentials do."""
    session.clear()
    session.permanent = True
    session["proof"] = proof


def proof() -> str:
    return str(session.get("proof", ""))


def _key(path: Path) -> bytes:
    """The key that signs cookies; made once, readable for nobody else. Without the file all sessions end."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = b""
    if len(key) < KEY_BYTES:
        key = secrets.token_bytes(KEY_BYTES)
        write_durably(path, key, mode=0o600)
    return key
