"""Template files: UTF-8 CSV with the entity's own column names, for whatever has no system of its own in the demo."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.demo.billing import Invoice, Line
from pipelines.demo.records import CRM_ENTITIES, ENTITIES, InvoiceLineRow, InvoiceRow

_SPECIAL = (bool, bool | None, dt.datetime, dt.datetime | None)
_TYPES: dict[str, Any] = ENTITIES | CRM_ENTITIES
_REASONS = {"rate_correction": "Rate correction", "goodwill": "Goodwill", "cancellation": "Cancelled", "": ""}


def header_of(entity: str) -> Sequence[str]:
    """The column names of an entity's file."""
    fields: tuple[str, ...] = _TYPES[entity]._fields
    return fields


def write_entity(path: Path, entity: str, rows: Iterable[Sequence[object]]) -> None:
    """One entity's file: ISO dates, UTC times with a Z, point decimals, true and false, empty for nothing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header_of(entity))
        writer.writerows(_with_times_and_flags(entity, rows))


def _with_times_and_flags(entity: str, rows: Iterable[Sequence[object]]) -> Iterable[Sequence[object]]:
    """The rows as the CSV writer can take them: it writes all types as the template wants them but these two."""
    kinds = _TYPES[entity].__annotations__.values()
    special = [index for index, kind in enumerate(kinds) if kind in _SPECIAL]
    if not special:
        yield from rows
        return
    for row in rows:
        cells = list(row)
        for index in special:
            cells[index] = _cell(cells[index])
        yield cells


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.isoformat()}Z" if isinstance(value, dt.datetime) else value


def invoice_rows(invoices: Iterable[Invoice]) -> tuple[list[InvoiceRow], list[InvoiceLineRow]]:
    """The advisory division's own book: its invoices and their lines, with what each cost to deliver."""
    heads: list[InvoiceRow] = []
    lines: list[InvoiceLineRow] = []
    for invoice in invoices:
        number = _number(invoice.invoice_id)
        heads.append(
            InvoiceRow(
                number,
                invoice.account.account_id,
                invoice.kind,
                invoice.status,
                invoice.currency,
                invoice.issued_on,
                invoice.due_on,
                invoice.paid_on,
                invoice.in_collections,
                "" if invoice.credits is None else _number(invoice.credits),
                _REASONS[invoice.reason],
            )
        )
        lines += [_line(number, line) for line in invoice.lines]
    return heads, lines


def _number(invoice_id: int) -> str:
    return f"ADV-{invoice_id:07d}"


def _line(invoice: str, line: Line) -> InvoiceLineRow:
    return InvoiceLineRow(
        f"ADVL-{line.line_id:08d}",
        invoice,
        line.offer.product,
        line.quantity,
        Decimal(line.amount).scaleb(-2),
        line.start,
        line.end,
        "" if line.credits is None else f"ADVL-{line.credits:08d}",
        line.offer.division,
        line.country,
        line.offer.service_line,
        line.job_family,
        Decimal(line.cost).scaleb(-2),
    )
