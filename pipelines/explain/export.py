"""An explanation for programs: JSON with stable keys and exact decimals as text, CSV that is safe in a spreadsheet."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

from pipelines.explain.answer import Explanation, Row, Section
from pipelines.serving.spreadsheets import spreadsheet_cell

# The table that a spreadsheet gets, the first that the answer has: of one client, and of many.
OF_CLIENT = ("lines", "components", "contracts", "opportunities", "events", "responses", "clients")
OF_MANY = ("clients", "metrics", "kpis")


def as_json(answer: Explanation) -> str:
    """One object: what was asked, the value, and `sections` by name with their rows. Amounts are text, never floats."""
    head = {
        name: plain(value)
        for name, value in vars(answer).items()
        if name not in ("sections", "notes", "segment_label", "month")
    }
    body = {
        **head,
        "month": f"{answer.month:%Y-%m}",
        "notes": answer.notes,
        "sections": {section.name: section_rows(section) for section in answer.sections},
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def as_csv(answer: Explanation) -> str:
    """The deepest level as one table: the lines (events, components) of a client where one was asked for, else clients.

    The first column says what a row is: row, provisional, rounding, floor, rest or total.
    """
    sections = {section.name: section for section in answer.sections}
    wanted = OF_CLIENT if answer.client_id else OF_MANY
    section = next((sections[name] for name in wanted if name in sections), None)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if section is not None:
        writer.writerow(["row_kind", *(column.key for column in section.columns)])
        for row in section.rows:
            writer.writerow([row.kind, *(_cell(row, column.key) for column in section.columns)])
    return text.getvalue()


def section_rows(section: Section) -> list[dict[str, Any]]:
    """The rows of a table by column key, each with its kind."""
    return [
        {"row_kind": row.kind, **{column.key: plain(row.values.get(column.key)) for column in section.columns}}
        for row in section.rows
    ]


def plain(value: Any) -> Any:
    """A value as JSON holds it: decimals and dates as text, exactly."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else value


def _cell(row: Row, key: str) -> Any:
    value = row.values.get(key)
    return format(value, "f") if isinstance(value, Decimal) else spreadsheet_cell(value)
