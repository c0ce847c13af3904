"""Zendesk: the ticket exports of the Admin Center, CSV and JSON.

`tickets_csv.py` and `tickets_json.py` read the two forms into the same cells; `outcome.py` says what a ticket becomes.
Which tickets are escalations is `landing/tickets.py`'s business.
"""

from __future__ import annotations

import re

from pipelines.landing.connector import Extract, IncomingFile, SourceContext

_HEAD_BYTES = 262_144  # the JSON form holds a ticket's comments, too
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_CSV_SIGNS = {"first reply time in minutes", "full resolution time in minutes"}
_CSV_REQUIRED = {"id", "status", "created at"}
_JSON_REQUIRED = ("subject", "status", "created_at")
_JSON_SIGNS = ("requester_id", "submitter_id", "organization_id", "metric_set", "satisfaction_rating")


class ZendeskConnector:
    """Ticket exports of Zendesk."""

    name = "zendesk"

    def recognise(self, file: IncomingFile) -> str | None:
        if file.suffix == ".csv":
            return _recognise_csv(file)
        return _recognise_json(file.head(_HEAD_BYTES)) if file.suffix in _JSON_SUFFIXES else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        from pipelines.landing.connectors.zendesk import tickets_csv, tickets_json
        from pipelines.landing.kit.tickets import TicketSettings

        settings = TicketSettings.parse(self.name, source.settings)
        read = tickets_csv.read if file.suffix == ".csv" else tickets_json.read
        return read(file, settings, source)


CONNECTOR = ZendeskConnector()


def _recognise_csv(file: IncomingFile) -> str | None:
    from pipelines.landing.reading.grids import head_rows

    names = {name for row in head_rows(file, 1) for name in row}
    is_zendesk = "summation column" in names or (names >= _CSV_REQUIRED and bool(names & _CSV_SIGNS))
    return "its header is that of a Zendesk ticket export" if is_zendesk else None


def _recognise_json(head: bytes) -> str | None:
    from pipelines.landing.reading.dialects import decode

    keys = set(re.findall(r'"(\w+)"\s*:', decode(head).text))
    is_ticket = keys.issuperset(_JSON_REQUIRED) and len(keys.intersection(_JSON_SIGNS)) >= 2
    return "it holds Zendesk tickets" if is_ticket else None
