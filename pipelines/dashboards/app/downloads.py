"""Tables of a page as files. The page is built for the reader who asks, so a file never holds more than the page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, abort, request

from pipelines.dashboards import table_files
from pipelines.dashboards.app.sign_in import current_principal

if TYPE_CHECKING:
    from flask import Flask

    from pipelines.dashboards.app.live_pages import LivePages

TYPES = {
    "csv": (table_files.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (table_files.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def add_routes(server: Flask, pages: LivePages) -> None:
    """Adds `/download/<panel>.<csv|xlsx>?page=<path and query of the page>`."""

    @server.get("/download/<panel_key>.<kind>")
    def download(panel_key: str, kind: str) -> Response:
        address = urlsplit(request.args.get("page", ""))
        if kind not in TYPES or address.scheme or address.netloc or not address.path.startswith("/"):
            abort(404)
        shown = pages.page(current_principal(), address.path, f"?{address.query}" if address.query else "")
        panels = [panel for panel in (*shown.page.panels, shown.page.trust) if panel and panel.key == panel_key]
        if not panels or shown.meta is None or (panels[0].table is None and panels[0].grid is None):
            abort(404)
        write, mime_type = TYPES[kind]
        name = f"{shown.key}-{panel_key}-{shown.meta.as_of_on.isoformat()}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(write(panels[0], shown.meta), mimetype=mime_type, headers=headers)
