"""Zendesk's JSON export and the lists of its API: one ticket an object, times in UTC, metrics in `metric_set`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Extract, Finding, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors.zendesk.outcome import TicketCells
from pipelines.landing.kit import times
from pipelines.landing.kit.tickets import TicketSettings
from pipelines.landing.reading.json_records import Record, Records, compact, member, read_records, text_of

_LISTS = ("tickets", "organizations", "metric_sets", "results")
_NO_TICKET = "the object is no ticket: it has no subject, status or creation time"


def read(file: IncomingFile, settings: TicketSettings, source: SourceContext) -> list[Extract]:
    """Extracts of a JSON export. Raises Refused for text that is not JSON and for a file without tickets."""
    found = read_records(file.text().text, _LISTS)
    tickets = [each for each in found.records if each.list_name in (None, "tickets", "results")]
    if not tickets:
        raise Refused("The file holds no Zendesk ticket.", "Export the tickets again.")
    return _cells(tickets, _Beside(found), settings).extracts(settings, source)


class _Beside:
    """What the API lists beside the tickets: organisations by id, metrics by ticket."""

    def __init__(self, found: Records) -> None:
        self._organizations = self._by(found, "organizations", "id")
        self._metrics = self._by(found, "metric_sets", "ticket_id")
        self.goes_on = any(wrapper.get("next_page") for wrapper in found.wrappers[-1:])

    def _by(self, found: Records, list_name: str, key: str) -> dict[str | None, Mapping[str, Any]]:
        return {text_of(each.value.get(key)): each.value for each in found.records if each.list_name == list_name}

    def completed(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """The ticket with its organisation and metrics inside, as the export has them."""
        organization = ticket.get("organization") or self._organizations.get(text_of(ticket.get("organization_id")))
        metrics = ticket.get("metric_set") or self._metrics.get(text_of(ticket.get("id")))
        return {**ticket, "organization": organization, "metric_set": metrics}


def _cells(tickets: list[Record], beside: _Beside, settings: TicketSettings) -> TicketCells:
    completed = [beside.completed(each.value) for each in tickets]

    def column(path: str) -> pl.Series:
        return pl.Series([_field(each, path) for each in completed], dtype=pl.String)

    def time(path: str) -> pl.Series:
        return times.timestamps(column(path), "UTC")

    custom, name = settings.escalation_field, column("organization.name")
    account = name.fill_null(column("organization_id"))
    hint = column("organization.external_id")
    if settings.account_field is not None:
        account = name = hint = column(settings.account_field)
    return TicketCells(
        about=_about(tickets),
        id=column("id"),
        status=column("status"),
        priority=column("priority"),
        created_at=time("created_at"),
        updated_at=time("updated_at"),
        solved_at=time("metric_set.solved_at"),
        responded_at=time(settings.first_response_field or ""),
        reply_minutes=column("metric_set.reply_time_in_minutes.calendar"),
        resolution_minutes=column("metric_set.full_resolution_time_in_minutes.calendar"),
        account=account,
        account_name=name,
        account_id=hint,
        tags=pl.Series([_tags(each) for each in completed], dtype=pl.List(pl.String)),
        escalation=None if custom is None else column(custom.field),
        findings=_findings(beside),
    )


def _about(tickets: list[Record]) -> pl.DataFrame:
    is_ticket = [{"status", "created_at"} <= each.value.keys() for each in tickets]
    about = {
        LINE_NUMBER: [each.line for each in tickets],
        RAW: [compact(each.value) for each in tickets],
        REJECT: [None if known else _NO_TICKET for known in is_ticket],
    }
    return pl.DataFrame(about, schema={LINE_NUMBER: pl.Int64, RAW: pl.String, REJECT: pl.String})


def _field(ticket: Mapping[str, Any], path: str) -> str | None:
    """The text under a dotted path, or of the custom field with this id."""
    if path.isdigit():
        fields = ticket.get("custom_fields") or ticket.get("fields")
        found = [each for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []
        return next((text_of(each.get("value")) for each in found if text_of(each.get("id")) == path), None)
    return text_of(member(ticket, path))


def _tags(ticket: Mapping[str, Any]) -> list[str]:
    tags = ticket.get("tags")
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def _findings(beside: _Beside) -> list[Finding]:
    if not beside.goes_on:
        return []
    message = "The list of tickets goes on after its last page here: export the other pages too."
    return [Finding("list_goes_on", message)]
