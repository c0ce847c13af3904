"""What proves a copy: of every column the values that are not NULL, and an exact sum made from them, on both sides.

Amounts and numbers are summed as they are; of texts the bytes, of days and times their distance from 1970, of booleans
those that are true. Floating point and lists have no exact sum, and numbers of more than 28 digits none that DuckDB can
hold for sure: of them only the count is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.postgres.layout import Table
from pipelines.serving.rules import quoted

if TYPE_CHECKING:
    from pipelines.postgres.session import Session
    from pipelines.serving.release import Release

WIDEST = 28  # digits; a sum has 38, so ten billion rows of them have room
# By PostgreSQL type: how DuckDB and how PostgreSQL sum it.
SUM, TRUE, DAYS = "sum({})", "count(*) filter (where {})", "sum({} - date '1970-01-01')"
MICROSECONDS = ("sum(epoch_us({}))", "sum(extract(epoch from {}) * 1000000)")
SUMS = {
    "text": ("sum(strlen({}))", "sum(octet_length({}))"),
    "boolean": (TRUE, TRUE),
    "date": (DAYS, DAYS),
    "timestamp without time zone": MICROSECONDS,
    "timestamp with time zone": MICROSECONDS,
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric"), (SUM, SUM)),
}

Totals = dict[str, Decimal | None]
"""`*`: rows. By column: values that are not NULL; by `column:sum`, where there is one, their sum."""


def of_release(release: Release, table: Table) -> Totals:
    """What the release's own file says of a table."""
    row = release.connection.execute(f"select {_asked(table, 0)} from ({source(table)})").fetchone()
    return _totals(table, row or ())


def of_copy(session: Session, table: Table) -> Totals:
    """What PostgreSQL says of its copy. The caller owns the table, so that no policy hides a row."""
    (row,) = session.rows(f"select {_asked(table, 1)} from {table.base}")
    return _totals(table, row)


def source(table: Table) -> str:
    """The query for a table's rows in DuckDB. PostgreSQL's text has no NUL; it becomes its symbol, as in landing."""
    shown = (
        f"replace({quoted(name)}, chr(0), '\u2400') as {quoted(name)}" if kind == "text" else quoted(name)
        for name, kind in table.columns
    )
    return f"select {', '.join(shown)} from {table.view}"


def differences(table: Table, of_file: Totals, of_copy: Totals) -> list[str]:
    """What is not equal, in words; empty where all is."""
    return [
        f"{table.key}: {_named(name)} {of_file[name]} in the release, {of_copy.get(name)} in PostgreSQL"
        for name in of_file
        if of_file[name] != of_copy.get(name)
    ]


def control_totals(table: Table, totals: Mapping[str, Decimal | None]) -> dict[str, str]:
    """The sums of the amounts and rates, exact, as text: by column."""
    return {
        name: format(found, "f")
        for name, kind in table.columns
        if kind.startswith("numeric") and _sums(kind) and (found := totals[f"{name}:sum"]) is not None
    }


def _asked(table: Table, side: int) -> str:
    """Every total as text: a sum may have more digits than the drivers' numbers."""
    kind_of_text = ("varchar", "text")[side]
    asked = ["count(*)"]
    for name, kind in table.columns:
        asked.append(f"count({quoted(name)})")
        if sums := _sums(kind):
            asked.append(sums[side].format(quoted(name)))
    return ", ".join(f"cast({text} as {kind_of_text})" for text in asked)


def _sums(kind: str) -> tuple[str, str] | None:
    name, _, precision = kind.partition("(")
    has_room = not precision or int(precision.partition(",")[0]) <= WIDEST
    return SUMS.get(name) if has_room and not kind.endswith("[]") else None


def _totals(table: Table, row: tuple[str | None, ...]) -> Totals:
    names = ["*"]
    for name, kind in table.columns:
        names += [name, f"{name}:sum"] if _sums(kind) else [name]
    return {name: None if value is None else Decimal(value) for name, value in zip(names, row, strict=True)}


def _named(name: str) -> str:
    if name == "*":
        return "rows"
    column, _, is_sum = name.partition(":")
    return f"sum of {column}" if is_sum else f"values of {column}"
