"""Tickets: what went wrong, and what support was asked for."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import Extract, Finding
from pipelines.landing.connectors.hubspot import associations, crm, values
from pipelines.landing.connectors.hubspot.records import ObjectFile, column
from pipelines.landing.kit.tickets import is_one_of

_SHARED = (
    column("opened_at", "createdate"),
    column("responded_at", "first_agent_reply_date"),
    column("resolved_at", "closed_date"),
)
_ESCALATIONS = (*_SHARED, column("severity", "hs_ticket_priority"), column("owner_id", "hubspot_owner_id"))
# Pipelines that hold escalations by their very name, where the settings say nothing.
_ESCALATION_PIPELINES = (
    *("escalation", "escalations", "eskalation", "eskalationen", "escalade", "escalades"),
    *("escalación", "escalaciones", "escalatie", "escalaties", "escalação", "escalações", "escalazioni"),
)


def tickets(file: ObjectFile) -> list[Extract]:
    """A ticket is an escalation or a support ticket, by the condition in the settings; their owners are users."""
    found, reason = associations.company(file, "support_tickets", "ticket")
    is_escalated = _is_escalated(file)
    escalations = file.build("escalations", _ESCALATIONS) | found
    escalations["escalation_id"] = file.ids
    escalations["severity"] = file.mapped("escalations", "severity", escalations["severity"])
    support = file.build("support_tickets", _SHARED) | found
    support["ticket_id"] = file.ids
    reply = file.text("time_to_first_agent_reply")
    for columns in (escalations, support):
        answered = values.later(columns["opened_at"], reply)
        columns["responded_at"] = columns["responded_at"].fill_null(answered)
    return [
        file.extract("escalations", escalations, reason, only=is_escalated),
        file.extract("support_tickets", support, reason, only=~is_escalated),
        *crm.users(file, escalations["owner_id"]),
    ]


def _is_escalated(file: ObjectFile) -> pl.Series:
    settings = file.settings
    found = is_one_of(file.text("hs_ticket_priority"), settings.escalation_priority)
    if settings.escalation_field is not None:
        field = settings.escalation_field
        if not file.has(field.field):
            message = f"This file lacks '{field.field}', which tells escalations: export that property too."
            file.findings.append(Finding("field_not_exported", message, "escalations", value=field.field))
        return found | is_one_of(file.text(field.field), field.values)
    if settings.escalation_priority:
        return found
    by_pipeline = is_one_of(file.text("hs_pipeline"), _ESCALATION_PIPELINES)
    if file.frame.height and not by_pipeline.any():
        message = (
            f"All {file.frame.height} tickets are taken as support tickets: no pipeline is named Escalations. Write "
            "escalation_field or escalation_priority under [sources.hubspot] in tenure.toml, if some are escalations."
        )
        file.findings.append(Finding("no_escalations", message, "escalations", rows=file.frame.height))
    return by_pipeline
