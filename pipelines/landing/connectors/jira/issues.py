"""What a Jira issue becomes: an escalation or a support ticket."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Extract, Finding, IncomingFile, SourceContext
from pipelines.landing.connectors.jira.dates import with_month_numbers
from pipelines.landing.connectors.jira.wide_rows import Used, base, put_right
from pipelines.landing.connectors.salesforce.values import ids
from pipelines.landing.kit import local_formats, tickets, value_maps
from pipelines.landing.kit.labels import LabelledTable
from pipelines.landing.kit.tickets import Tickets, TicketSettings, Words
from pipelines.landing.reading.dialects import read_csv

_ESCALATION_TYPES = ("Escalation",)
_LABELS = {
    "ticket_id": ("issue key",),
    "issue_type": ("issue type",),
    "severity": ("priority",),
    "labels": ("labels",),
    "organizations": ("organizations",),
    "opened_at": ("created",),
    "updated_at": ("updated",),
    "resolved_at": ("resolved",),
    "responded_at": ("[chart] date of first response",),
    "status_category": ("status category",),
    "status_category_changed": ("status category changed",),
}
_REQUIRED = ("ticket_id", "opened_at")
_TIMES = ("opened_at", "updated_at", "resolved_at", "responded_at", "status_category_changed")
_VALUE_MAPS = Path(__file__).with_name("value_maps.csv")


class JiraSettings(TicketSettings):
    """Keys of `[sources.jira]`. Issues of types other than `ticket_issue_types` (where set) take no part."""

    escalation_issue_type: Words = ()
    ticket_issue_types: Words = ()

    @property
    def has_condition(self) -> bool:
        return bool(self.escalation_issue_type) or super().has_condition

    @property
    def escalation_issue_types(self) -> tuple[str, ...]:
        return self.escalation_issue_type if self.has_condition else _ESCALATION_TYPES


def read(file: IncomingFile, settings: JiraSettings, source: SourceContext) -> list[Extract]:
    """escalations and support_tickets of an export. Raises Refused where a column that every issue needs is missing."""
    table = LabelledTable(read_csv(file.text()), _LABELS, settings.labels, "sources.jira.columns")
    table.require(_REQUIRED, "This Jira export")
    findings = _put_right(table, settings)
    times = _times(table, settings, source)
    account = _account(table, settings)
    issue_type = table.cells("issue_type")
    found = Tickets(
        about=table.table.rows.select(LINE_NUMBER, RAW, REJECT),
        ids=table.cells("ticket_id"),
        opened_at=times["opened_at"],
        responded_at=times["responded_at"],
        resolved_at=_resolved(table, times),
        priority=table.cells("severity"),
        tags=table.lists("labels"),
        accounts={"_account_key": account, "_account_name": account, "_account_hint": ids(account)},
        severity=lambda words: value_maps.apply(source.map_values, _VALUE_MAPS, "escalations", "severity", [words]),
        is_escalation=tickets.is_one_of(issue_type, settings.escalation_issue_types),
        notes=_notes(issue_type, settings),
        exported_at=tickets.newest(times["updated_at"]),
        findings=findings,
    )
    custom = settings.escalation_field
    extracts = found.extracts(settings, None if custom is None else table.named(custom.field, "escalations"))
    found.findings += table.findings
    return extracts


def _put_right(table: LabelledTable, settings: JiraSettings) -> list[Finding]:
    """Rows wider than the header take part where their used cells are beyond doubt."""
    named = [settings.account_field, settings.escalation_field.field if settings.escalation_field else None]
    columns = [table.column(name) for name in _LABELS] + [table.column_named(label) for label in named if label]
    used = Used(
        columns=frozenset(base(column) for column in columns if column),
        key=table.column("ticket_id") or "",
        times=frozenset(column for name in _TIMES if (column := table.column(name))),
        labels=table.column("labels"),
        tags=frozenset(tag.strip().lower() for tag in settings.escalation_tags),
    )
    table.table, count = put_right(table.table, used)
    if not count:
        return []
    message = (
        f"{count} rows have more cells than the header; the extra ones are values of a list and were read as such."
    )
    return [Finding("wide_rows", message, rows=count)]


def _times(table: LabelledTable, settings: JiraSettings, source: SourceContext) -> dict[str, pl.Series]:
    written = {name: table.cells(name) for name in _TIMES}
    if settings.date_format is None:
        written = {name: with_month_numbers(cells) for name, cells in written.items()}
    style = local_formats.date_style(written.values(), settings, "jira")
    zone = settings.time_zone or source.company_time_zone
    return {name: local_formats.timestamps(cells, style, zone) for name, cells in written.items()}


def _resolved(table: LabelledTable, times: dict[str, pl.Series]) -> pl.Series:
    """Resolved; where the workflow sets no resolution, the time at which the issue came to be done."""
    is_done = tickets.is_one_of(table.cells("status_category"), ["done"])
    since = times["status_category_changed"]
    return times["resolved_at"].fill_null(since.set(~is_done, None))


def _account(table: LabelledTable, settings: JiraSettings) -> pl.Series:
    """The account's field. An issue shared by several organisations names them all: which one counts is not guessed."""
    if settings.account_field is not None:
        return table.named(settings.account_field, "the account")
    joined = table.lists("organizations").list.join("; ")
    return joined.set(joined == "", None)


def _notes(issue_type: pl.Series, settings: JiraSettings) -> list[tuple[str, pl.Series]]:
    if not settings.ticket_issue_types:
        return []
    counted = (*settings.ticket_issue_types, *settings.escalation_issue_types)
    return [("its issue type is none of ticket_issue_types", ~tickets.is_one_of(issue_type, counted))]
