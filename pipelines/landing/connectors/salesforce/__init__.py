"""Salesforce: what the weekly Data Export Service, Data Loader, Bulk API and REST scripts write, one object a file.

The three spellings (`0`/`1` and `2026-06-09 18:24:44`; `true` and `...T...000Z`; `...T...+0000`) are told apart value
by value, so a file needs no label. `objects.py` recognises, `records.py` and `values.py` convert, `crm.py`, `deals.py`
and `service.py` hold the mapping of each object. Reports, whose headers are labels, are `reports.py`'s, with
`report_labels.py` and `report_layout.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors.salesforce import objects, report_labels
from pipelines.landing.drift import missing_columns
from pipelines.landing.kit.headers import first_row

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.connectors.salesforce.records import ObjectFile


class SalesforceConnector:
    """Object exports of Salesforce in CSV, and reports in CSV or XLSX."""

    name = "salesforce"

    def recognise(self, file: IncomingFile) -> str | None:
        header = first_row(file)
        sobject = objects.recognise(header, file.name) if file.suffix == ".csv" else None
        if sobject:
            return f"its header is that of a Salesforce {sobject.name} export"
        report = report_labels.recognise(header)
        return f"its header is that of a Salesforce report ({report})" if report else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        from pipelines.landing.connectors.salesforce import reports, settings
        from pipelines.landing.connectors.salesforce.records import ObjectFile
        from pipelines.landing.reading.dialects import read_csv

        if file.suffix != ".csv" or not objects.recognise(first_row(file), file.name):
            return reports.read(file, source, settings.parse(source.settings), _mapping)
        table = read_csv(file.text())
        sobject = objects.recognise(table.header, file.name)
        if sobject is None:
            raise Refused("The header belongs to no Salesforce object.", "Export the object again with its API names.")
        what, do = f"This {sobject.name} export", "Export the object again with these fields (or with all fields)."
        if refusal := missing_columns(sorted(sobject.required), table.header, what, do):
            raise refusal
        _refuse_spreadsheet_dates(sobject, table.rows)
        return _mapping(sobject.name)(ObjectFile(sobject, table.rows, settings.parse(source.settings), source))


CONNECTOR = SalesforceConnector()


def _refuse_spreadsheet_dates(sobject: objects.SObject, rows: pl.DataFrame) -> None:
    """Raises Refused for a file that was saved by a spreadsheet: its days and months cannot be told apart.

    A few such cells among good ones were typed in: they stay, and the core quarantines their rows.
    """
    from pipelines.landing.connector import LINE_NUMBER
    from pipelines.landing.connectors.salesforce import values

    for name in sobject.date_fields:
        if name.lower() not in rows.columns:
            continue
        cells = values.cells(rows[name.lower()])
        is_local = values.written_by_a_spreadsheet(cells)
        if 2 * is_local.sum() > cells.len() - cells.null_count():
            line, value = rows.filter(is_local)[LINE_NUMBER][0], cells.filter(is_local)[0]
            raise Refused(
                f"The file was opened and saved in a spreadsheet: {name} in line {line} is '{value}', and nothing "
                "tells whether the day or the month comes first.",
                "Put the file here as Salesforce wrote it; if that is lost, export the object again.",
            )


def _mapping(sobject_name: str) -> Callable[[ObjectFile], list[Extract]]:
    from pipelines.landing.connectors.salesforce import crm, deals, service

    mappings: dict[str, Callable[[ObjectFile], list[Extract]]] = {
        "Account": crm.accounts,
        "AccountHistory": crm.owner_changes,
        "Case": service.cases,
        "Contact": crm.contacts,
        "Contract": deals.contracts,
        "Event": service.events,
        "Opportunity": deals.opportunities,
        "OpportunityHistory": deals.opportunity_history,
        "Task": service.tasks,
        "User": crm.users,
    }
    return mappings[sobject_name]
