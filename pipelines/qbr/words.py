"""How the values of a review read, and how lines, tables and captions are fitted to their boxes."""

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from pipelines.dashboards.wording import MINUS, NOT_AVAILABLE, THIN, money, month, percent, points
from pipelines.qbr.deck import LEADING, NOTE, TEXT, Box, Column, Table, Words
from pipelines.qbr.text import fit, wrap

CELL_PADDING = 4.0
CAPTION_HEIGHT = 18.0
HOURS_A_DAY = 24
MANIFOLD = 10
LONG_HOURS = 72  # from here on days say more
LINE = TEXT * LEADING


def whole(value: Decimal | int) -> str:
    """An amount in whole units, half away from zero: 74,480."""
    rounded = Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,}"


def amount(currency: str, value: Decimal) -> str:
    """USD 413 k."""
    return f"{currency}\u00a0{money(value)}"


def change(now: Decimal | int, before: Decimal | int) -> str:
    """+4.3 %, +150 %, > 10 x; n/a where there is no base."""
    if before <= 0:
        return NOT_AVAILABLE
    rate = (Decimal(now) - before) / before
    if abs(rate) >= MANIFOLD:
        return f"{'>' if rate > 0 else '< ' + MINUS}{THIN}{MANIFOLD}{THIN}x"
    if abs(rate) >= 1:  # a decimal is no news there, and would not fit its column
        return f"{MINUS if rate < 0 else '+'}{abs(rate) * 100:.0f}{THIN}%"
    return percent(rate, sign=True)


def above(now: Decimal | int, before: Decimal | int, than: str) -> str:
    """4.3 % above Q3 2025."""
    if before <= 0:
        return f"with nothing to compare in {than}"
    rate = (Decimal(now) - before) / before
    if percent(abs(rate)) == percent(0):
        return f"as in {than}"
    return f"{percent(abs(rate))} {'above' if rate > 0 else 'below'} {than}"


def of(part: int, whole_: int) -> str:
    """3 of 4; n/a where nothing was due."""
    return f"{part:,} of {whole_:,}" if whole_ else NOT_AVAILABLE


def more(left_out: Sequence[object]) -> str:
    """What stands where rows are left out."""
    return f"and {len(left_out):,} more"


def number(value: Decimal | None) -> str:
    """With one decimal."""
    return points(value)


def score(value: Decimal | None) -> str:
    """An NPS, in whole points with its sign where it is below 0."""
    return NOT_AVAILABLE if value is None else whole(value)


def days(value: Decimal | int) -> str:
    """22 days."""
    rounded = whole(value)
    return f"{rounded} day{'' if rounded == '1' else 's'}"


def hours(value: Decimal) -> str:
    """24 h, 7 days."""
    if value >= LONG_HOURS:
        return f"{(value / HOURS_A_DAY).normalize():f}{THIN}days"
    return f"{value.normalize():f}{THIN}h"


def moment(value: dt.datetime) -> str:
    """5 Jul 21:04."""
    return f"{value.day}{THIN}{month(value)[:3]} {value:%H:%M}"


def short_date(value: dt.date) -> str:
    """30 Sep 26."""
    return f"{value.day}{THIN}{month(value)}"


def month_names(months: Sequence[dt.date]) -> tuple[str, ...]:
    """Oct 25, Nov, Dec, Jan 26: the year where it begins."""
    return tuple(
        month(first) if index == 0 or first.month == 1 else month(first)[:3] for index, first in enumerate(months)
    )


def yes_no(value: bool | None) -> str:
    return NOT_AVAILABLE if value is None else "yes" if value else "no"


def table(
    box: Box,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    is_total: bool = False,
    row_height: float = 20,
) -> Table:
    """A table whose cells are cut to their columns; the box becomes as high as its rows."""
    cut = []
    for row in rows:
        room = [column.share * box.width - 2 * CELL_PADDING for column in columns]
        is_last = is_total and row is rows[-1]
        cut.append(tuple(fit(cell, space, TEXT, is_last) for cell, space in zip(row, room, strict=True)))
    height = CAPTION_HEIGHT + (len(rows) + 1) * row_height
    titles = tuple(
        Column(
            fit(column.title, column.share * box.width - 2 * CELL_PADDING, NOTE, True), column.share, column.is_number
        )
        for column in columns
    )
    place = Box(box.x, box.y, box.width, height)
    return Table(place, fit(caption, box.width, TEXT, True), titles, tuple(cut), is_total, row_height)


def room_for_rows(height: float, row_height: float = 20) -> int:
    """How many rows a table of this height has beside its caption and header."""
    return int((height - CAPTION_HEIGHT) // row_height) - 1


def words(box: Box, *paragraphs: str) -> Words:
    """Paragraphs broken to the box; the box becomes as high as its lines."""
    broken = tuple(wrap(paragraph, box.width, TEXT, 6) for paragraph in paragraphs)
    height = sum(len(lines) for lines in broken) * LINE + (len(broken) - 1) * LINE / 2
    return Words(Box(box.x, box.y, box.width, height), broken)


def below(box: Box, block: Table | Words, gap: float = 16) -> Box:
    """What is left of a box under a block that stands at its top."""
    used = block.box.height + gap
    return Box(box.x, box.y + used, box.width, box.height - used)
