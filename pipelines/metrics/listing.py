"""All metrics there are, or those that a text is found in."""

import csv
import io
import json
import shutil

from pipelines.errors import UserError
from pipelines.explain.answer import Column, Group, Row, Section, Unit
from pipelines.explain.entries import Entry, catalogue
from pipelines.explain.terminal import NARROWEST, print_section
from pipelines.metrics.report import definition
from pipelines.serving.spreadsheets import spreadsheet_cell


def listed(search: str | None, format: str) -> str:
    """The metrics as text ending in a newline. Raises UserError where nothing is found."""
    entries = found(search)
    if format == "json":
        rows = [{"metric": entry.name, **definition(entry)} for entry in entries]
        return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    return _as_csv(entries) if format == "csv" else _as_text(entries, shutil.get_terminal_size((140, 40)).columns)


def found(search: str | None) -> list[Entry]:
    """The metrics in whose words each word of the text stands, in the catalogue's order."""
    words = (search or "").casefold().split()
    entries = [entry for entry in catalogue().entries.values() if all(word in _words(entry) for word in words)]
    if not entries:
        raise UserError(f"no metric is about '{search}'", do="`tenure metrics` lists them all")
    return entries


def _words(entry: Entry) -> str:
    return " ".join((entry.name, entry.title, entry.formula, entry.table, entry.owner, entry.book)).casefold()


def _as_csv(entries: list[Entry]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = [{"metric": entry.name, **definition(entry), "dimensions": " ".join(entry.dimensions)} for entry in entries]
    writer.writerow(rows[0])
    writer.writerows([spreadsheet_cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _as_text(entries: list[Entry], width: int) -> str:
    from rich.console import Console

    written = io.StringIO()
    screen = Console(file=written, width=max(width, NARROWEST), color_system=None)
    columns = [
        Column("metric", "Metric", Unit.ID),
        Column("title", "What it is"),
        Column("unit", "Unit"),
        Column("by", "--by"),
        Column("policy", "Target"),
    ]
    rows = [
        Row(
            {
                "metric": entry.name,
                "title": entry.title,
                "unit": str(entry.unit),
                "by": ", ".join(entry.dimensions),
                "policy": entry.target.policy if entry.target else None,
            }
        )
        for entry in entries
    ]
    count = f"{len(entries)} metric" + ("" if len(entries) == 1 else "s")
    print_section(screen, Section("metrics", f"{count}; `tenure metric NAME` shows one", columns, [Group(rows)]), "")
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"
