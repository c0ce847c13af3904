"""What a Zendesk ticket becomes, whichever form it was exported in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.landing.connector import Extract, Finding, SourceContext
from pipelines.landing.connectors.salesforce.values import ids
from pipelines.landing.kit import tickets, value_maps
from pipelines.landing.kit.tickets import Tickets, TicketSettings

DELETED = "deleted in Zendesk"
_ENDED = ("solved", "closed")
_VALUE_MAPS = Path(__file__).with_name("value_maps.csv")
_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"


@dataclass
class TicketCells:
    """Cells of all tickets of a file, String, null where empty (`about`: see `Tickets`).

    Times are ISO in UTC. `responded_at` is that of a field of the company's; `reply_minutes` and
    `resolution_minutes` are calendar minutes since creation. `account` is the
    organisation's name, else its id, or the field that the settings name; `account_id` an id carried by the record.
    `tags` are List(String).
    """

    about: pl.DataFrame
    id: pl.Series
    status: pl.Series
    priority: pl.Series
    created_at: pl.Series
    updated_at: pl.Series
    solved_at: pl.Series
    responded_at: pl.Series
    reply_minutes: pl.Series
    resolution_minutes: pl.Series
    account: pl.Series
    account_name: pl.Series
    account_id: pl.Series
    tags: pl.Series
    escalation: pl.Series | None = None
    findings: list[Finding] = field(default_factory=list)

    def extracts(self, settings: TicketSettings, source: SourceContext) -> list[Extract]:
        """escalations and support_tickets. A ticket that was opened again keeps its last solve: it is not resolved."""
        has_ended = tickets.is_one_of(self.status, _ENDED)
        solved_at = self.solved_at.fill_null(_later(self.created_at, self.resolution_minutes))
        priority = self.priority.set((self.priority == tickets.NO_PRIORITY).fill_null(False), None)
        found = Tickets(
            about=self.about,
            ids=self.id,
            opened_at=self.created_at,
            responded_at=self.responded_at.fill_null(_later(self.created_at, self.reply_minutes)),
            resolved_at=solved_at.set(~has_ended, None),
            priority=priority,
            tags=self.tags,
            accounts={
                "_account_key": self.account,
                "_account_name": self.account_name,
                "_account_hint": ids(self.account_id),
            },
            severity=lambda words: value_maps.apply(source.map_values, _VALUE_MAPS, "escalations", "severity", [words]),
            notes=[(DELETED, tickets.is_one_of(self.status, ["deleted"]))],
            exported_at=tickets.newest(self.updated_at),
            findings=self.findings,
        )
        return found.extracts(settings, self.escalation)


def _later(start: pl.Series, minutes: pl.Series) -> pl.Series:
    """The time so many minutes after the start. What is no number of minutes is shown as it is."""
    frame = pl.DataFrame({"start": start, "minutes": minutes})
    began = pl.col("start").str.to_datetime(_TIME, time_unit="us", strict=False)
    count = pl.col("minutes").cast(pl.Float64, strict=False)
    later = (began + pl.duration(seconds=count * 60)).dt.strftime(_TIME)
    is_no_number = pl.col("minutes").is_not_null() & count.is_null()
    spoiled = pl.format("{} minutes", pl.col("minutes"))
    return frame.select(pl.when(is_no_number).then(spoiled).otherwise(later)).to_series()
