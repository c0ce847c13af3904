"""Serves the static dashboard of whatever release is live, to browsers on this machine only."""

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from pipelines.errors import UserError
from pipelines.settings import Settings

LOOPBACK = "127.0.0.1"


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a log line a request, and tells browsers to ask again: a new release may be live."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


def dashboard_server(settings: Settings, port: int) -> ThreadingHTTPServer:
    """A server bound to loopback, not yet serving. Raises UserError without a release, or when the port is taken."""
    folder = settings.current / "dashboard"  # through `current`, so that a new release shows without a restart
    if not (folder / "index.html").is_file():
        raise UserError("there is no dashboard to show yet", where=str(folder), do="run `tenure refresh` first")
    try:
        return ThreadingHTTPServer((LOOPBACK, port), partial(QuietHandler, directory=str(folder)))
    except OSError as error:
        raise UserError(f"port {port} cannot be used: {error.strerror}", do="choose another with --port") from None


def serve_dashboard(settings: Settings, port: int, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; `announce` is told the address."""
    with dashboard_server(settings, port) as server:
        announce(f"http://{LOOPBACK}:{server.server_address[1]}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
