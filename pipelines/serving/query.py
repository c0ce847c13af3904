"""The engine of `tenure sql`: one statement that reads, answered as a table, CSV or JSON.

Text in, text out; the command prints it. The sandbox of `release` is the guard; the check of the statement here only
turns a refusal into an answer that helps.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError

if TYPE_CHECKING:
    from pipelines.serving.release import Release

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = (int, float, Decimal)


@dataclass(frozen=True)
class Answer:
    """Rows of a statement: column names, values as Python objects, and whether rows beyond the limit were left off."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    is_cut: bool = False


def run_sql(release: Release, text: str, format: str = "table", limit: int | None = None, width: int = 120) -> str:
    """The answer to one read statement as text ending in a newline.

    `format` is table, csv or json; `limit` the most rows to return (None = all), `width` the columns of the terminal.
    Raises UserError for anything but one statement that reads, for SQL the warehouse cannot run, for a bad format.
    """
    renderers: dict[str, Callable[[Answer], str]] = {
        "table": lambda answer: as_table(answer, width),
        "csv": as_csv,
        "json": as_json,
    }
    if format not in renderers:
        raise UserError(f"unknown format '{format}'", do=f"choose one of {', '.join(renderers)}")
    if limit is not None and limit < 1:
        raise UserError(f"the limit must be 1 or more, not {limit}", do="leave the limit out to get all rows")
    return renderers[format](ask(release, text, limit))


def ask(release: Release, text: str, limit: int | None = None) -> Answer:
    """Runs one read statement. Raises UserError as `run_sql` does."""
    import duckdb

    try:
        statements = release.connection.extract_statements(text)
        _refuse_all_but_one_read([statement.type for statement in statements])
        cursor = release.connection.execute(statements[0])
        rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit + 1)
        columns = [column[0] for column in cursor.description or []]
    except duckdb.PermissionException:
        raise UserError(
            "a query may read the release and nothing else: files, network and extensions are closed",
            done="nothing was run",
            do="query tables of marts and ops; `show all tables` lists them",
        ) from None
    except duckdb.Error as error:
        raise UserError(
            str(error).strip(), do="`show all tables` lists the tables, `describe <table>` its columns"
        ) from None
    is_cut = limit is not None and len(rows) > limit
    return Answer(columns, rows[:limit], is_cut)


def _refuse_all_but_one_read(kinds: list[Any]) -> None:
    import duckdb

    if not kinds:
        raise UserError("there is no statement to run", do='try: tenure sql "select * from marts.dim_clients"')
    reads = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
    refused = [kind for kind in kinds if kind not in reads]
    if refused:
        raise UserError(
            f"a release is read-only, and this is a {refused[0].name} statement",
            done="nothing was run",
            do="use select, describe, show or explain (pivot needs its values named: pivot ... on x in (...))",
        )
    if len(kinds) > 1:
        raise UserError(f"one statement at a time, please; these are {len(kinds)}", done="nothing was run")


def as_table(answer: Answer, width: int = 120) -> str:
    """A table for a terminal: numbers right-aligned, empty cells a dot, control characters of the data taken out."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(answer.columns):
        is_number = any(_is_number(row[index]) for row in answer.rows)
        table.add_column(Text(printable(name)), justify="right" if is_number else "left", overflow="fold")
    for row in answer.rows:
        table.add_row(*(Text(printable(_plain(value))) if value is not None else Text("·", "dim") for value in row))
    written = io.StringIO()
    screen = Console(file=written, width=width, color_system=None)
    screen.print(table)
    screen.print(_row_count(answer), highlight=False, markup=False)
    return written.getvalue()


def as_csv(answer: Answer) -> str:
    """CSV that a spreadsheet can open without running any of it: text that looks like a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([spreadsheet_cell(name) for name in answer.columns])
    writer.writerows([spreadsheet_cell(value) for value in row] for row in answer.rows)
    return text.getvalue()


def as_json(answer: Answer) -> str:
    """A JSON list with one object a row; decimals keep their digits, dates are ISO text, NaN and infinities null."""
    keys = [json.dumps(name, ensure_ascii=False) for name in answer.columns]
    lines = [
        "{" + ", ".join(f"{key}: {_literal(value)}" for key, value in zip(keys, row, strict=True)) + "}"
        for row in answer.rows
    ]
    return "[" + ",\n ".join(lines) + "]\n"


def spreadsheet_cell(value: Any) -> Any:
    """The value as a CSV cell: numbers as they are, text never the start of a formula, None empty."""
    if value is None or _is_number(value):
        return value
    text = _plain(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return _literal(value) if isinstance(value, list | tuple | dict) else str(value)


def _literal(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else "null"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(k), ensure_ascii=False)}: {_literal(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if isinstance(value, dt.date):
        return json.dumps(value.isoformat())
    return json.dumps(value, default=str, ensure_ascii=False)


def _is_number(value: Any) -> bool:
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def printable(text: str) -> str:
    """Without control and direction characters, which could redraw a terminal."""
    return "".join(
        " " if char in "\r\n\t" else char for char in text if char in "\r\n\t" or unicodedata.category(char)[0] != "C"
    )


def _row_count(answer: Answer) -> str:
    count = len(answer.rows)
    shown = f"{count:,} row" + ("" if count == 1 else "s")
    return f"first {shown}; there are more (raise or leave out the limit)" if answer.is_cut else shown
