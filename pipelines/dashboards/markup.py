"""Page views as HTML, by one set of templates: for the app, and for the files of the static site."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipelines.dashboards.figures.theme import Figure
from pipelines.dashboards.pages.question import SEGMENTS
from pipelines.dashboards.pages.view import MOST_ROWS, Grid, Page, Table
from pipelines.html import page_template

TEMPLATES = Path(__file__).parent / "templates"
GRID_ROWS = 100  # of a grid, in a file that cannot scroll on the server's account
LONG_TABLE, FIRST_ROWS = 60, 40  # a table of more rows shows the first of them, until a reader asks for all
GRID_HEIGHT, GRID_FRAME, ROW_HEIGHT, FEWEST_ROWS = 640, 96, 42, 3
APP_ADDRESS = re.compile(r"/(?![/\\])")


@dataclass(frozen=True)
class Face:
    """Where a page is shown. In the app it has an `address`, its path with the query; in a file, a `prefix` of its ids.

    Only the app has filters, links, downloads and grids; a file has the first rows of a grid as a table.
    """

    address: str = ""
    prefix: str = ""
    grid_rows: int = GRID_ROWS

    @property
    def is_live(self) -> bool:
        return bool(self.address)

    def leads_to(self, address: str) -> bool:
        """Whether the words of a link become one. Nothing but an address of the app ever does."""
        return self.is_live and APP_ADDRESS.match(address) is not None

    def alone(self, choice: str) -> str:
        """The filters that a choice takes the place of: of the segments, there is one at a time."""
        return " ".join(SEGMENTS) if choice in SEGMENTS else ""

    def download(self, key: str, kind: str) -> str:
        return f"/download/{quote(key, safe='')}.{kind}?page={quote(self.address, safe='')}"

    def grid_names(self, grid: Grid) -> str:
        """What the browser needs to write the count of rows anew when a reader filters."""
        sums = {column.field: column.heading for column in grid.columns if column.field in grid.totals}
        return json.dumps({"rows": list(grid.noun), "sums": sums, "isCut": grid.is_cut})

    def grid_count(self, grid: Grid) -> str:
        headings = {column.field: column.heading for column in grid.columns}
        counted = f"{len(grid.rows):,} {grid.noun[len(grid.rows) != 1]}"
        sums = [f"{headings[field]} {total:,.0f}" for field, total in grid.totals.items()]
        here = [f"the first {MOST_ROWS:,} of them here"] if len(grid.rows) > MOST_ROWS else []
        return " · ".join([counted, *sums, *here])

    def first_rows(self, table: Table) -> int:
        """How many rows a long table shows at first; 0 where it shows all, as it does in a file."""
        return FIRST_ROWS if self.is_live and len(table.rows) > LONG_TABLE else 0

    def grid_height(self, grid: Grid) -> int:
        """Pixels."""
        return min(GRID_HEIGHT, GRID_FRAME + ROW_HEIGHT * max(len(grid.rows), FEWEST_ROWS))


def page_html(page: Page, face: Face) -> str:
    """All of a page but the frame around it."""
    return str(_macros("parts.html.j2").page(page, face))


def frame_html(part: str, **values: Any) -> str:
    """A part of the frame that the app keeps around its pages: its `bar`, `stale` or `foot`."""
    return str(getattr(_macros("frame.html.j2"), part)(**values))


@cache
def _macros(name: str) -> Any:
    return page_template(TEMPLATES, name).module


def figures_of(page: Page) -> dict[str, dict[str, Figure]]:
    """Figures by panel: `wide`, and `narrow` where a phone gets another one."""
    found = {}
    for panel in page.panels:
        if panel.figure is not None and not panel.empty:
            found[panel.key] = {"wide": panel.figure, **({"narrow": panel.narrow} if panel.narrow else {})}
    return found


def as_json(data: Any) -> str:
    """Figures as text for a browser: days as such, numbers of arrays as numbers."""
    import orjson

    return orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY).decode("utf-8")
