"""How often somebody may try to sign in: by address and by name, so that neither many names nor many addresses help."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

BY_ADDRESS = "20 per minute; 100 per hour"
BY_NAME = "5 per minute; 30 per hour"


def install_limiter(server: Flask) -> Limiter:
    """Counts in memory: the app is one process."""
    return Limiter(get_remote_address, app=server, storage_uri="memory://")


def name_asked() -> str:
    """The name somebody tries, in one spelling."""
    return request.form.get("login", "").strip().casefold()[:254]
