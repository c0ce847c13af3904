"""The parts any page is made of, as plain data: tiles, panels, tables.

All text is plain text; escaping is the template's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from markupsafe import Markup

from pipelines.dashboards.figures.theme import Figure

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 2000  # of a grid in a browser
LONGEST_LABEL = 28  # characters that stay on one line in a table


@dataclass(frozen=True)
class Change:
    """A change on an earlier month; `tone` is good, bad or neutral."""

    amount: str
    since: str
    tone: str


@dataclass(frozen=True)
class Tile:
    """A headline number. `value` is n/a where it cannot be known; `reason` then says why.

    `href` leads to the explanation of the number, in the app.
    """

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
    href: str = ""


@dataclass(frozen=True)
class Cell:
    """A table cell. `raw` is the exact value for a download, `share` (-1..1) draws a bar, `tone` colours a mark.

    `href` is a path of the app the text leads to, `drawing` a word-sized line of our own making beside it.
    """

    text: str
    raw: str | None = None
    is_number: bool = False
    share: float | None = None
    tone: str = ""
    mark: str = ""
    href: str = ""
    drawing: Markup = field(default_factory=Markup)

    @property
    def is_prose(self) -> bool:
        """Whether the text may be broken into lines."""
        return not self.is_number and len(self.text) > LONGEST_LABEL


@dataclass(frozen=True)
class Table:
    """Rows of cells under headings; `total` is the last row, equal to the headline."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a grid. `kind` is text, number, band (of health) or strip (a letter of a band for each month).

    A number is shown as the row's `<field>_shown` where there is one, else with `digits` decimals in the reader's
    locale. `link` names the field of the row that holds a path of the app, or, with `path`, what stands between its two
    parts. `groups` names the choices of columns it belongs to, none = always shown; the grid opens with the first group
    named by any column. A `summed` column has its sum over the rows that are shown written above the grid.
    """

    field: str
    heading: str
    kind: str = "text"
    width: int = 120
    link: str = ""
    help: str = ""
    path: tuple[str, str] = ("", "")
    groups: tuple[str, ...] = ()
    digits: int = 0
    summed: bool = False


@dataclass(frozen=True)
class Grid:
    """Many rows to sort, filter and search; in the static site a plain table of its first rows.

    A row holds text and numbers by field; a field without a value may be missing. `search` is what is searched for at
    first, `noun` what a row is, `totals` the sums over all rows by field. A browser gets the first `MOST_ROWS`; what is
    searched for is then searched on the server.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    search: str = ""
    noun: tuple[str, str] = ("row", "rows")
    totals: Mapping[str, float] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def column_groups(self) -> list[str]:
        """The choices of columns, in their order; the grid opens with the first."""
        return list(dict.fromkeys(group for column in self.columns for group in column.groups))

    def as_table(self, most: int) -> Table:
        """The first `most` rows as a table, numbers in plain digits."""
        return Table(
            tuple(column.heading for column in self.columns),
            tuple(tuple(_grid_cell(column, row) for column in self.columns) for row in self.rows[:most]),
        )


class LazyRows(Sequence[Mapping[str, Any]]):
    """Rows of a frame, each made into a row of a grid only when somebody looks at it."""

    def __init__(self, frame: pl.DataFrame, made: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        self.frame = frame
        self.made = made

    def __len__(self) -> int:
        return self.frame.height

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return map(self.made, self.frame.iter_rows(named=True))

    @overload
    def __getitem__(self, index: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> LazyRows: ...
    def __getitem__(self, index: int | slice) -> Mapping[str, Any] | LazyRows:
        if isinstance(index, slice):
            return LazyRows(self.frame[index], self.made)
        return self.made(self.frame.row(index, named=True))


@dataclass(frozen=True)
class Switch:
    """One of several ways to see a panel or page: a word, the address that shows it so, whether it is shown so now."""

    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True)
class Choice:
    """A filter: the name of its value in the address, what people call it, (value, words) of each option, the current.

    The option with the empty value is the default and leaves the address.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str = ""


@dataclass(frozen=True)
class Panel:
    """A figure or a table with its title sentence, what it shows, and the table behind it.

    `narrow` is the figure for a phone where it differs. Where there is nothing to show, `empty` says why. `span` is the
    width in twelfths; `section` is the heading of the part of the page that begins with this panel. A point of a figure
    with an `id` that is a path leads there when clicked.
    """

    key: str
    title: str
    subtitle: str
    table: Table | None = None
    figure: Figure | None = None
    narrow: Figure | None = None
    remark: str = ""
    empty: str = ""
    is_table_open: bool = False
    span: int = 6
    section: str = ""
    grid: Grid | None = None
    switches: tuple[Switch, ...] = ()

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
    """A page from top to bottom. `headline` is its one sentence; `empty` replaces all but the trust strip.

    `notice` says what of the question could not be answered; `choices` are the filters this page understands.
    """

    title: str
    headline: str
    subtitle: str
    tiles: tuple[Tile, ...] = ()
    panels: tuple[Panel, ...] = ()
    trust: Panel | None = None
    facts: tuple[Fact, ...] = ()
    empty: str = ""
    definitions: tuple[tuple[str, str], ...] = field(default=())
    choices: tuple[Choice, ...] = ()
    notice: str = ""


def text(value: str, tone: str = "", mark: str = "", href: str = "") -> Cell:
    return Cell(value, value, tone=tone, mark=mark, href=href)


def number(shown: str, raw: object, share: float | None = None, tone: str = "") -> Cell:
    """A numeric cell: `shown` on the page, `raw` in a download (None = empty)."""
    return Cell(shown, "" if raw is None else str(raw), is_number=True, share=share, tone=tone)


def _grid_cell(column: Column, row: Mapping[str, Any]) -> Cell:
    value = row.get(column.field)
    if column.kind != "number":
        return text("" if value is None else str(value))
    shown = row.get(f"{column.field}_shown") or ("" if value is None else f"{value:,.{column.digits}f}")
    return number(shown, value)
