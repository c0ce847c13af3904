"""Zendesk's CSV export: the organisation is a name, times are local to the account, minutes stand beside them."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Extract, IncomingFile, SourceContext
from pipelines.landing.connectors.zendesk.outcome import TicketCells
from pipelines.landing.kit import local_formats
from pipelines.landing.kit.labels import LabelledTable
from pipelines.landing.kit.tickets import TicketSettings
from pipelines.landing.reading.dialects import read_csv

_LABELS = {
    "ticket_id": ("id",),
    "status": ("status",),
    "severity": ("priority",),
    "opened_at": ("created at",),
    "updated_at": ("updated at",),
    "resolved_at": ("solved at",),
    "responded_at": (),
    "reply_minutes": ("first reply time in minutes",),
    "resolution_minutes": ("full resolution time in minutes",),
    "organization": ("organization",),
    "tags": ("tags",),
}
_REQUIRED = ("ticket_id", "status", "opened_at")
_TIMES = ("opened_at", "updated_at", "resolved_at", "responded_at")


def read(file: IncomingFile, settings: TicketSettings, source: SourceContext) -> list[Extract]:
    """Extracts of a CSV export. Raises Refused for a header without the columns that every ticket needs."""
    table = LabelledTable(read_csv(file.text()), _LABELS, settings.labels, "sources.zendesk.columns")
    table.require(_REQUIRED, "This Zendesk export")
    written = {name: table.cells(name) for name in _TIMES}
    style = local_formats.date_style(written.values(), settings, "zendesk")
    zone = settings.time_zone or source.company_time_zone
    times = {name: local_formats.timestamps(cells, style, zone) for name, cells in written.items()}
    name = table.cells("organization")
    name = name.set((name == "-").fill_null(False), None)
    account = name if settings.account_field is None else table.named(settings.account_field, "the account")
    custom = settings.escalation_field
    cells = TicketCells(
        about=table.table.rows.select(LINE_NUMBER, RAW, REJECT),
        id=table.cells("ticket_id"),
        status=table.cells("status"),
        priority=table.cells("severity"),
        created_at=times["opened_at"],
        updated_at=times["updated_at"],
        solved_at=times["resolved_at"],
        responded_at=times["responded_at"],
        reply_minutes=_minutes(table.cells("reply_minutes")),
        resolution_minutes=_minutes(table.cells("resolution_minutes")),
        account=account,
        account_name=account,
        account_id=account,
        tags=_tags(table.cells("tags")),
        escalation=None if custom is None else table.named(custom.field, "escalations"),
        findings=table.findings,
    )
    return cells.extracts(settings, source)


def _minutes(cells: pl.Series) -> pl.Series:
    """A dash stands for none."""
    return local_formats.numbers(cells.set((cells == "-").fill_null(False), None))


def _tags(cells: pl.Series) -> pl.Series:
    """Tags hold no blanks; a blank or a comma parts them."""
    return cells.str.replace_all(",", " ").str.split(" ")
