"""Tickets of support systems: the settings they share, which of them are escalations, and the extracts they become.

A ticket is either an escalation or a support ticket. How one system writes tickets belongs to its connector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, NonNegativeFloat, field_validator

from pipelines.landing.connector import IS_ACTIVE, LINE_NUMBER, NOTE, RAW, REJECT, Extract, Finding
from pipelines.landing.kit.repeats import cells_of_repeated
from pipelines.landing.kit.source_settings import DatedSettings

# Tags (labels) by which a ticket is an escalation where the settings name no condition.
ESCALATION_TAGS = ("escalated", "escalation")
# What stands for an empty priority in `map_values`, whose values cannot be empty.
NO_PRIORITY = "-"
_RESPONSE = "responded_at"


def _words(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class EscalationField(BaseModel):
    """A field of the ticket, and the values (in any case) that make it an escalation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    values: Words = ("true", "yes", "1")


class TicketSettings(DatedSettings):
    """Keys that all ticket systems have.

    A ticket that meets any one of the escalation conditions is an escalation. `account_field` names the account,
    `first_response_field` the time of the first response, `columns` the labels of a renamed or translated header.
    `sla_response_hours` is the promised response by priority.
    """

    columns: Mapping[str, str] = {}
    account_field: str | None = None
    first_response_field: str | None = None
    escalation_tag: Words = ()
    escalation_priority: Words = ()
    escalation_field: EscalationField | None = None
    sla_response_hours: Mapping[str, NonNegativeFloat] = {}

    @field_validator("columns")
    @classmethod
    def _has_one_key_for_the_response(cls, columns: Mapping[str, str]) -> Mapping[str, str]:
        if _RESPONSE in columns:
            raise ValueError(f"{_RESPONSE} has a key of its own: write first_response_field")
        return columns

    @property
    def labels(self) -> dict[str, str]:
        """The company's labels by column."""
        return {**self.columns, **({_RESPONSE: self.first_response_field} if self.first_response_field else {})}

    @property
    def escalation_tags(self) -> tuple[str, ...]:
        """The tags asked for; the default ones only where no condition at all is set."""
        return self.escalation_tag if self.has_condition else ESCALATION_TAGS

    @property
    def has_condition(self) -> bool:
        return bool(self.escalation_tag or self.escalation_priority or self.escalation_field)


@dataclass
class Tickets:
    """All tickets of a file; every series is String and of the same height.

    `about` has the columns `_line_number`, `_raw` and `_reject`. `accounts` holds the crosswalk columns, `priority` the
    system's own word, `tags` are List(String). `severity` maps priorities. `notes`: (why, Boolean) of the tickets that
    take no part.
    """

    about: pl.DataFrame
    ids: pl.Series
    opened_at: pl.Series
    responded_at: pl.Series
    resolved_at: pl.Series
    priority: pl.Series
    tags: pl.Series
    accounts: Mapping[str, pl.Series]
    severity: Callable[[pl.Series], pl.Series]
    notes: Iterable[tuple[str, pl.Series]] = ()
    is_escalation: pl.Series | None = None
    exported_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    def extracts(self, settings: TicketSettings, custom: pl.Series | None) -> list[Extract]:
        """escalations and support_tickets. `custom`: the cells of the settings' `escalation_field`."""
        escalated = self._escalated(settings, custom)
        shared = self._shared()
        hours = {priority.casefold(): str(hours) for priority, hours in settings.sla_response_hours.items()}
        sla = self.priority.str.to_lowercase().replace_strict(hours, default=None, return_dtype=pl.String)
        severity = self.severity(self.priority.fill_null(NO_PRIORITY))
        escalations = shared.with_columns(self.ids.alias("escalation_id"), severity.alias("severity"))
        tickets = shared.with_columns(self.ids.alias("ticket_id"), sla.alias("sla_response_hours"))
        return [
            Extract("escalations", escalations.filter(escalated), self.exported_at),
            Extract("support_tickets", tickets.filter(~escalated), self.exported_at, findings=self.findings),
        ]

    def _escalated(self, settings: TicketSettings, custom: pl.Series | None) -> pl.Series:
        found = is_one_of(self.priority, settings.escalation_priority) | has_any(self.tags, settings.escalation_tags)
        if custom is not None and settings.escalation_field is not None:
            found = found | is_one_of(custom, settings.escalation_field.values)
        if self.is_escalation is not None:
            found = found | self.is_escalation
        return found

    def _shared(self) -> pl.DataFrame:
        note = pl.Series([None], dtype=pl.String).new_from_index(0, self.about.height)
        for why, applies in self.notes:
            note = note.set(applies.fill_null(False) & note.is_null(), why)
        return self.about.select(LINE_NUMBER, RAW, REJECT).with_columns(
            cells_of_repeated(self.about.select(pl.col(RAW).alias("record")), self.ids),
            self.opened_at.alias("opened_at"),
            self.responded_at.alias("responded_at"),
            self.resolved_at.alias("resolved_at"),
            note.is_null().alias(IS_ACTIVE),
            note.alias(NOTE),
            *(cells.alias(name) for name, cells in self.accounts.items()),
        )


def is_one_of(cells: pl.Series, words: Iterable[str]) -> pl.Series:
    """True where the cell is one of the words, in any case."""
    return cells.str.strip_chars().str.to_lowercase().is_in([word.strip().lower() for word in words]).fill_null(False)


def has_any(lists: pl.Series, words: Iterable[str]) -> pl.Series:
    """True where one of a row's list (List(String)) is one of the words, in any case."""
    wanted = [word.strip().lower() for word in words]
    found = lists.list.eval(pl.element().str.strip_chars().str.to_lowercase().is_in(wanted)).list.any()
    return found.fill_null(False)


def newest(times: pl.Series) -> datetime | None:
    """The latest of ISO times in UTC (`_at` texts), naive; None where there is none.

    Of two exports that hold one ticket in different states, the newer holds the later change, so the last change in a
    file serves as the export's date, which these systems write nowhere.
    """
    found = times.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False).max()
    return found if isinstance(found, datetime) else None
