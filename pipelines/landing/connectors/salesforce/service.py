"""Case, Task and Event: what went wrong, and who spoke with the client when."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import Extract, Finding
from pipelines.landing.connectors.salesforce import values
from pipelines.landing.connectors.salesforce.records import Kind, ObjectFile, column
from pipelines.landing.kit import times

_CASES = (
    column("account_id", Kind.ID, "AccountId"),
    column("opened_at", Kind.TIME, "CreatedDate"),
    column("responded_at", Kind.TIME, "First_Response__c"),
    column("resolved_at", Kind.TIME, "ClosedDate"),
)
_ESCALATIONS = (
    column("escalation_id", Kind.ID, "Id"),
    column("severity", Kind.TEXT, "Priority"),
    column("owner_id", Kind.ID, "OwnerId"),
)
_SUPPORT_TICKETS = (
    column("ticket_id", Kind.ID, "Id"),
    column("sla_response_hours", Kind.NUMBER),
)

_ACTIVITIES = (
    column("activity_id", Kind.ID, "Id"),
    column("user_id", Kind.ID, "OwnerId"),
    column("logged_at", Kind.TIME, "CreatedDate"),
    column("is_held", Kind.FLAG, "Held__c"),
    column("executive_attended", Kind.FLAG, "Executive_Attended__c"),
    column("deck_ready_on", Kind.DAY, "Deck_Ready_On__c"),
    column("actions_logged", Kind.FLAG, "Actions_Logged__c"),
    column("follow_up_on", Kind.DAY, "Follow_Up_On__c"),
)
_CONTACT_PREFIX, _ACCOUNT_PREFIX = "003", "001"


def cases(file: ObjectFile) -> list[Extract]:
    """A case is an escalation or a support ticket, by the condition in the settings."""
    shared = file.build(_CASES)
    is_escalated = _is_escalated(file)
    escalations = shared | file.build(_ESCALATIONS)
    escalations["severity"] = file.mapped("escalations", "severity", escalations["severity"])
    tickets = shared | file.build(_SUPPORT_TICKETS)
    return [
        file.extract("escalations", escalations, only=is_escalated),
        file.extract("support_tickets", tickets, only=~is_escalated),
    ]


def tasks(file: ObjectFile) -> list[Extract]:
    """Closed tasks; an open one is a plan, not a contact."""
    happened_at = file.read("CompletedDateTime", Kind.TIME).fill_null(_start_of_activity_day(file))
    is_open = ~(file.is_true("IsClosed") if file.has("IsClosed") else _is_completed(file))
    return _activities(file, happened_at, "TaskSubtype", [("open task", is_open)])


def events(file: ObjectFile) -> list[Extract]:
    """Calendar entries. The time of an all-day one is a midnight in UTC that stands for a day: its date is taken."""
    at = file.read("ActivityDateTime", Kind.TIME)
    on = _start_of_activity_day(file)
    is_all_day = file.is_true("IsAllDayEvent") & on.is_not_null()
    happened_at = at.set(is_all_day, None).fill_null(on)
    return _activities(file, happened_at, "EventSubtype", [])


def _activities(
    file: ObjectFile, happened_at: pl.Series, subtype: str, notes: list[tuple[str, pl.Series]]
) -> list[Extract]:
    columns = file.build(_ACTIVITIES)
    what, who = file.read("WhatId", Kind.ID), file.read("WhoId", Kind.ID)
    columns["account_id"] = file.read("AccountId", Kind.ID).fill_null(_with_prefix(what, _ACCOUNT_PREFIX))
    columns["contact_id"] = _with_prefix(who, _CONTACT_PREFIX)
    columns["type"] = _types(file, subtype)
    columns["happened_at"] = happened_at
    return [file.extract("activities", columns, notes)]


def _types(file: ObjectFile, subtype: str) -> pl.Series:
    """By Type, else by the subtype; an entry that has neither is what its object says (an Event is a meeting)."""
    written, finer = file.text("Type"), file.text(subtype)
    bare = file.constant(file.sobject.name).set(written.is_not_null() | finer.is_not_null(), None)
    return file.mapped("activities", "type", written, finer, bare)


def _is_escalated(file: ObjectFile) -> pl.Series:
    name = file.settings.escalation_field
    if not file.has(name):
        message = f"This file lacks {name}, which tells escalations: all cases are taken as support tickets. Export it."
        file.findings.append(Finding("field_not_exported", message, "escalations", value=name, rows=file.frame.height))
    written = values.flags(file.text(name)).str.to_lowercase()
    return written.is_in(list(file.settings.escalation_values)).fill_null(False)


def _is_completed(file: ObjectFile) -> pl.Series:
    return (file.text("Status").str.to_lowercase() == "completed").fill_null(False)


def _start_of_activity_day(file: ObjectFile) -> pl.Series:
    return times.midnights(file.read("ActivityDate", Kind.DAY), file.source.company_time_zone)


def _with_prefix(ids: pl.Series, prefix: str) -> pl.Series:
    return ids.set(~ids.str.starts_with(prefix).fill_null(False), None)
