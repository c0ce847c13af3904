"""The parts any page is made of, as plain data: tiles, panels, tables.

All text is plain text; escaping is the template's work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Change:
    """A change on an earlier month; `tone` is good, bad or neutral."""

    amount: str
    since: str
    tone: str


@dataclass(frozen=True)
class Tile:
    """A headline number. `value` is n/a where it cannot be known; `reason` then says why."""

    key: str
    label: str
    value: str
    unit: str
    beside: str = ""
    band: str = ""
    band_words: str = ""
    target: str = ""
    changes: tuple[Change, ...] = ()
    trend: Markup = field(default_factory=Markup)
    note: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Cell:
    """A table cell. `raw` is the exact value for a download, `share` (-1..1) draws a bar, `tone` colours a mark."""

    text: str
    raw: str | None = None
    is_number: bool = False
    share: float | None = None
    tone: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells under headings; `total` is the last row, equal to the headline."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Panel:
    """A figure or a table with its title sentence, what it shows, and the table behind it.

    `narrow` is the figure for a phone where it differs. Where there is nothing to show, `empty` says why.
    """

    key: str
    title: str
    subtitle: str
    table: Table | None = None
    figure: go.Figure | None = None
    narrow: go.Figure | None = None
    remark: str = ""
    empty: str = ""
    is_table_open: bool = False

    @property
    def alt(self) -> str:
        return f"{self.title} {self.subtitle}"


@dataclass(frozen=True)
class Fact:
    """One item of the trust strip; `tone` is good, bad or neutral."""

    label: str
    value: str
    note: str = ""
    tone: str = "neutral"


@dataclass(frozen=True)
class Page:
    """A page from top to bottom. `headline` is its one sentence; `empty` replaces all but the trust strip."""

    title: str
    headline: str
    subtitle: str
    tiles: tuple[Tile, ...] = ()
    panels: tuple[Panel, ...] = ()
    trust: Panel | None = None
    facts: tuple[Fact, ...] = ()
    empty: str = ""
    definitions: tuple[tuple[str, str], ...] = field(default=())


def text(value: str, tone: str = "", mark: str = "") -> Cell:
    return Cell(value, value, tone=tone, mark=mark)


def number(shown: str, raw: object, share: float | None = None, tone: str = "") -> Cell:
    """A numeric cell: `shown` on the page, `raw` in a download (None = empty)."""
    return Cell(shown, "" if raw is None else str(raw), is_number=True, share=share, tone=tone)
