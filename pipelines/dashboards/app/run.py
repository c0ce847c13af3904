"""Serves the app until it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Callable

from pipelines.dashboards.app.server import create_app
from pipelines.errors import UserError
from pipelines.serving.live import LiveRelease
from pipelines.settings import Settings

THREADS = 8


def serve_app(settings: Settings, port: int | None, announce: Callable[[str], None]) -> None:
    """Serves on the settings' host until interrupted; `announce` is told the address.

    Raises UserError where there is no release yet, the settings are unsafe, or the port is taken.
    """
    from waitress.server import create_server

    with LiveRelease(settings).reading():
        pass  # says so before anybody opens a browser
    app = create_app(settings)
    listening = _listen(settings.serve.host, settings.serve.port if port is None else port)
    server = create_server(app.server, sockets=[listening], threads=THREADS, ident=None)
    announce(settings.serve.public_url or f"http://{settings.serve.host}:{listening.getsockname()[1]}/")
    try:
        server.run()
    finally:
        server.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UserError(
            f"port {port} of {host} cannot be used: {error.strerror}", do="choose another with --port"
        ) from None
