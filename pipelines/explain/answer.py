"""The shape of an answer: sections of tables whose rows add up. Plain values; their looks belong to the writers."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Value = Decimal | int | str | bool | dt.date | None
RowKind = Literal["row", "provisional", "rounding", "floor", "rest", "total"]


class Unit(StrEnum):
    """What a number or a text is; writers choose its format by this."""

    MONEY = "money"  # reporting currency, 2 decimals
    LOCAL = "local"  # billing currency of the row, up to 6 decimals
    RATE = "rate"  # fraction of 1
    POINTS = "pp"  # percentage points
    COUNT = "count"
    NUMBER = "number"
    SCORE = "score"  # shown with 6 decimals at most
    FX = "fx"  # reporting currency for one unit of another
    DATE = "date"
    MONTH = "month"  # the first day of it
    ID = "id"  # a text that somebody may want to copy: never folded
    TEXT = "text"


@dataclass(frozen=True)
class Column:
    """A column: its stable key, its heading, its unit, and whether a terminal has room for it.

    A terminal leaves a column of nothing out, unless its nothing `tells` something.
    """

    key: str
    label: str
    unit: Unit = Unit.TEXT
    in_terminal: bool = True
    tells: bool = False


@dataclass(frozen=True)
class Row:
    """Values by column key. Kinds other than `row` say that nobody sent this line: a rest, a rounding, a total."""

    values: dict[str, Value]
    kind: RowKind = "row"


@dataclass(frozen=True)
class Group:
    """Rows that add up to their own total; `note` says what becomes of that total."""

    rows: list[Row]
    heading: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Section:
    """One table of the answer under a stable name."""

    name: str
    title: str
    columns: list[Column]
    groups: list[Group]

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]


@dataclass(frozen=True)
class Told:
    """What one way of answering found: the value or why there is none, and the sections that show how it came about."""

    value: Decimal | None
    reason: str | None = None
    calculation: str | None = None
    notes: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


@dataclass(frozen=True)
class Explanation:
    """A number taken apart. `value` None is "n/a", and `reason` says why."""

    metric: str
    title: str
    unit: Unit
    formula: str
    table: str
    month: dt.date
    window_months: int | None
    segment: str
    segment_value: str
    segment_label: str
    client_id: str | None
    reporting_currency: str
    as_of_on: dt.date
    value: Decimal | None
    reason: str | None
    calculation: str | None
    notes: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def section(self, name: str) -> Section:
        """The section of that name. Raises KeyError where the answer has none."""
        return {section.name: section for section in self.sections}[name]
