"""HubSpot: record exports of companies, deals, tickets and contacts, in CSV or XLSX.

The columns are those of the exporting view, named by labels in the exporter's language or by internal names; only the
id in the first column is fixed. `labels.py` recognises, `records.py` and `values.py` convert, `associations.py` finds
the company of a record, `crm.py`, `deals.py` and `tickets.py` hold the mapping of each object.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.kit.headers import first_row

if TYPE_CHECKING:
    from pipelines.landing.connectors.hubspot.records import ObjectFile
    from pipelines.landing.reading.dialects import Table

_SUFFIXES = (".csv", ".xlsx")
_EXPORT_DAY = re.compile(r"^hubspot-crm-exports-.*?(\d{4}-\d{2}-\d{2})(?:\D.*)?$", re.IGNORECASE)


class HubSpotConnector:
    """Record exports of HubSpot."""

    name = "hubspot"

    def recognise(self, file: IncomingFile) -> str | None:
        from pipelines.landing.connectors.hubspot import labels

        if file.suffix not in _SUFFIXES:
            return None
        found = labels.recognise(first_row(file))
        return f"its header is that of a HubSpot export of {found}" if found else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        from pipelines.landing.connectors.hubspot import labels
        from pipelines.landing.connectors.hubspot.records import ObjectFile
        from pipelines.landing.connectors.hubspot.settings import HubSpotSettings

        table = _table(file)
        of_object = labels.recognise(table.header)
        if of_object is None:
            raise Refused("The header is that of no HubSpot export.", "Export companies, deals, tickets or contacts.")
        settings = HubSpotSettings.parse(self.name, source.settings)
        return _mapping(of_object)(ObjectFile(of_object, table, settings, source, _exported_at(file.basename)))


CONNECTOR = HubSpotConnector()


def _table(file: IncomingFile) -> Table:
    from pipelines.landing.reading.dialects import read_csv
    from pipelines.landing.reading.typed_files import empty_table, read_xlsx

    if file.suffix == ".csv":
        return read_csv(file.text())
    return next((table for table in read_xlsx(file.content).values() if table.header), empty_table())


def _exported_at(name: str) -> dt.datetime | None:
    """The day HubSpot writes into the file's name."""
    match = _EXPORT_DAY.match(name)
    try:
        return dt.datetime.fromisoformat(match.group(1)) if match else None
    except ValueError:
        return None


def _mapping(of_object: str) -> Callable[[ObjectFile], list[Extract]]:
    from pipelines.landing.connectors.hubspot import crm, deals, tickets

    return {
        "companies": crm.companies,
        "contacts": crm.contacts,
        "deals": deals.deals,
        "tickets": tickets.tickets,
    }[of_object]
