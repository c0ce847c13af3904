"""What a slide is made of, in points on a page of 13.33 x 7.5 inches: the two formats draw exactly this.

Text in blocks is final: it fits its box. Charts hold exact numbers; how they read on an axis is their `format`.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

WIDTH, HEIGHT = 960.0, 540.0
MARGIN = 40.0
BODY_TOP, BODY_BOTTOM = 130.0, 484.0
# Four sizes of type: headline, number, text, note.
HEADLINE, NUMBER, TEXT, NOTE = 24, 22, 11, 9
LEADING = 1.25


@dataclass(frozen=True)
class Box:
    """A place on the page, from its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


LEFT = Box(MARGIN, BODY_TOP, 392, BODY_BOTTOM - BODY_TOP)
RIGHT = Box(456, BODY_TOP, WIDTH - MARGIN - 456, BODY_BOTTOM - BODY_TOP)
FULL = Box(MARGIN, BODY_TOP, WIDTH - 2 * MARGIN, BODY_BOTTOM - BODY_TOP)
TITLE_TOP = 34.0
MARK_BOX = Box(WIDTH - MARGIN - 340, 14, 340, 16)
FOOTER_BOX = Box(MARGIN, 494, WIDTH - 2 * MARGIN - 60, 30)
TILE_GAP, TILE_PADDING = 16.0, 12.0
PAGE_BOX = Box(WIDTH - MARGIN - 50, 494, 50, 14)


class Format(StrEnum):
    """How the numbers of a chart read; the values are Excel's codes."""

    COUNT = "0"
    AMOUNT = '[>=1000000]0.0,,"\u00a0m";[>=10000]0,"\u00a0k";#,##0'
    SHARE = "0%"
    DECIMAL = "0.0"


class Kind(StrEnum):
    CLUSTERED = "clustered columns"
    STACKED = "stacked columns"


@dataclass(frozen=True)
class Series:
    """A row of numbers, one a category, None where there is none; `colour` is a token of the dashboards' theme."""

    name: str
    values: tuple[float | int | None, ...]
    colour: str


@dataclass(frozen=True)
class Chart:
    """`caption` says what and in which unit; it is also the chart's text for readers who do not see it.

    With a `limit` the axis has lines at its multiples only, and what lies above it is drawn as bad.
    """

    box: Box
    caption: str
    kind: Kind
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    format: Format
    has_labels: bool = False
    limit: float | None = None


@dataclass(frozen=True)
class Column:
    """`share` is its part of the table's width."""

    title: str
    share: float
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of text, as many cells as columns. `is_total` sets the last row apart; empty rows are to be filled in."""

    box: Box
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    is_total: bool = False
    row_height: float = 20


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    detail: tuple[str, ...]


@dataclass(frozen=True)
class Tiles:
    """A row of numbers."""

    box: Box
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Words:
    """Lines of text, each paragraph already broken."""

    box: Box
    paragraphs: tuple[tuple[str, ...], ...]


Block = Chart | Table | Tiles | Words


@dataclass(frozen=True)
class Slide:
    """`name` is for the outline; `note` goes into the speaker notes, in the PPTX only."""

    name: str
    title: tuple[str, ...]
    subtitle: str
    blocks: tuple[Block, ...]
    footer: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True)
class Cover:
    client: tuple[str, ...]
    size: int
    heading: str
    details: tuple[str, ...]
    footer: tuple[str, ...]


def title_boxes(slide: Slide) -> tuple[Box, Box]:
    """Where the title and, right under it, the subtitle stand."""
    height = HEADLINE * LEADING * len(slide.title)
    return (
        Box(MARGIN, TITLE_TOP, WIDTH - 2 * MARGIN, height),
        Box(MARGIN, TITLE_TOP + height + 6, WIDTH - 2 * MARGIN, 18),
    )


def cover_boxes(cover: Cover) -> tuple[Box, Box, Box]:
    """Where heading, client and details stand."""
    leading, top = cover.size * 1.15, 170.0
    name = Box(MARGIN, top, WIDTH - 2 * MARGIN, leading * len(cover.client))
    details = Box(MARGIN, top + name.height + 20, name.width, 24.0 * len(cover.details))
    return Box(MARGIN, top - 34, name.width, 24), name, details


@dataclass(frozen=True)
class Deck:
    """A review ready to be drawn. `mark` stands on every page of a quarter that still runs."""

    title: str
    author: str
    created_at: dt.datetime
    cover: Cover
    slides: tuple[Slide, ...]
    mark: str | None = None
