"""Serves the app until it is stopped."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable

from pipelines.dashboards.app.live_pages import LivePages
from pipelines.dashboards.app.server import create_app
from pipelines.errors import UserError
from pipelines.serving.live import LiveRelease
from pipelines.settings import Settings

THREADS = 8
FOLLOW_SECONDS = 60
LOG = logging.getLogger(__name__)


def serve_app(settings: Settings, port: int | None, announce: Callable[[str], None]) -> None:
    """Serves on the settings' host until interrupted; `announce` is told the address.

    Raises UserError where there is no release yet, the settings are unsafe, or the port is taken.
    """
    from waitress.server import create_server

    with LiveRelease(settings).reading():
        pass  # says so before anybody opens a browser
    pages = LivePages(settings)
    app = create_app(settings, pages)
    listening = _listen(settings.serve.host, settings.serve.port if port is None else port)
    server = create_server(app.server, sockets=[listening], threads=THREADS, ident=None)
    pages.warm()
    threading.Thread(target=_keep_up, args=(pages,), name="follow", daemon=True).start()
    announce(settings.serve.public_url or f"http://{settings.serve.host}:{listening.getsockname()[1]}/")
    try:
        server.run()
    finally:
        server.close()


def _keep_up(pages: LivePages) -> None:
    """Lets go of yesterday's release when nobody reads, and makes today's pages before somebody waits for them."""
    warm = pages.live.release_id
    while True:
        time.sleep(FOLLOW_SECONDS)
        try:
            pages.live.follow()
            if pages.live.release_id != warm:
                warm = pages.live.release_id
                pages.warm()
        except Exception:
            LOG.exception("looking for a new release failed")


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UserError(
            f"port {port} of {host} cannot be used: {error.strerror}", do="choose another with --port"
        ) from None
