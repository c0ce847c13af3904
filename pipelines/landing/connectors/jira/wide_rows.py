"""Rows with more cells than the header: Jira sometimes writes two values of a list under one column.

The extra cells belong to a list, but nothing says to which. A row is put right only where every list they can belong to
gives the same values in the columns that are used; all others stay rejected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT
from pipelines.landing.reading.dialects import Table, records

_LISTS = {
    "labels", "comment", "comments", "attachment", "affects versions", "affects version/s", "fix versions",
    "fix version/s", "components", "component/s", "watchers", "watchers id", "log work", "sprint", "organizations",
}  # fmt: skip
_TIME = r"^\d{1,4}[/. -]\p{L}{0,9}\d{0,2}[/. -]\d{1,4}\D.*$"


@dataclass(frozen=True)
class Used:
    """The columns that rows are read from. `key` and `times` are those by which a place is proved; of the `labels` only
    the `tags` (lower case) are looked for."""

    columns: frozenset[str]
    key: str
    times: frozenset[str]
    labels: str | None
    tags: frozenset[str]

    def counts(self, column: str, cell: str) -> bool:
        """Whether anything depends on this cell."""
        name = base(column)
        return name in self.columns and (name != self.labels or cell.strip().lower() in self.tags)


def put_right(table: Table, used: Used) -> tuple[Table, int]:
    """The table with its wide rows, as far as they can be read, and the number of those."""
    wide = table.rows.filter(pl.col(REJECT).str.starts_with("the row has ").fill_null(False))
    fixed = []
    for line_number, raw in wide.select(LINE_NUMBER, RAW).iter_rows():
        row = _row(raw, table.columns, used)
        if row is not None:
            fixed.append({**row, LINE_NUMBER: line_number, RAW: raw})
    if not fixed:
        return table, 0
    names = dict.fromkeys(name for row in fixed for name in row)
    schema = {name: pl.Int64 if name == LINE_NUMBER else pl.String for name in names}
    right = pl.DataFrame(fixed, schema=schema)
    rest = table.rows.filter(~pl.col(LINE_NUMBER).is_in(right[LINE_NUMBER].implode()))
    return replace(table, rows=pl.concat([rest, right], how="diagonal").sort(LINE_NUMBER)), len(fixed)


def _row(raw: str, columns: list[str], used: Used) -> dict[str, str | None] | None:
    cells = next(records(raw))[2]
    if cells is None or len(cells) <= len(columns):
        return None
    readings = [
        reading for place in _places(columns) if _is_plausible(reading := _reading(cells, columns, place), used)
    ]
    meanings = {_meaning(reading, used) for reading in readings}
    return readings[0] if len(meanings) == 1 else None


def _places(columns: list[str]) -> dict[str, int]:
    """The last position of each list, by its name."""
    names = [base(column) for column in columns]
    return {name: at for at, name in enumerate(names) if name in _LISTS or names.count(name) > 1}


def _reading(cells: list[str], columns: list[str], place: str) -> dict[str, str | None]:
    """The row as it reads if the extra cells belong to the list `place`."""
    end = _places(columns)[place] + 1
    extra = len(cells) - len(columns)
    count = [base(column) for column in columns].count(place)
    names = [*columns[:end], *(f"{place}#{count + n}" for n in range(1, extra + 1)), *columns[end:]]
    return {name: cell or None for name, cell in zip(names, cells, strict=True)}


def _is_plausible(reading: dict[str, str | None], used: Used) -> bool:
    times = pl.Series([reading.get(name) for name in used.times], dtype=pl.String).drop_nulls()
    key = pl.Series([reading.get(used.key)], dtype=pl.String)
    return bool(times.str.contains(_TIME).all() and key.str.contains(r"^[A-Z][A-Z0-9_]*-\d+$").fill_null(False).all())


def _meaning(reading: dict[str, str | None], used: Used) -> frozenset[tuple[str, str]]:
    """The used values; of a list, which cells it has, not which column they stand in."""
    return frozenset((base(name), cell) for name, cell in reading.items() if cell and used.counts(name, cell))


def base(column: str) -> str:
    """The name of a column whose repeats are numbered (`labels#2`)."""
    return column.rpartition("#")[0] if column.rpartition("#")[2].isdigit() and "#" in column[1:] else column
