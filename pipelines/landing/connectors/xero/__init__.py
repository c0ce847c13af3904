"""Xero: the CSV of `Business > Invoices > Export`, and files written for Xero's import template.

One row a line; the invoice's facts stand on each of its rows. `export.py` maps the columns, `amounts.py` finds out
whether amounts hold tax, which rows stand twice and which sign credit notes have.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from pipelines.landing.connector import Extract, IncomingFile, Refused, SourceContext

if TYPE_CHECKING:
    from pipelines.landing.reading.dialects import Table

_HEADER_BYTES = 8_192
_ALWAYS_THERE = {"contactname", "invoicenumber", "invoicedate"}
_LINE_COLUMNS = {"lineamount", "unitamount"}


class XeroConnector:
    """Sales invoices of Xero in CSV."""

    name = "xero"

    def recognise(self, file: IncomingFile) -> str | None:
        if file.suffix != ".csv":
            return None
        names = {plain(name) for name in _header(file.head(_HEADER_BYTES))}
        is_xero = names >= _ALWAYS_THERE and names & _LINE_COLUMNS
        return "its header is that of Xero's sales invoices" if is_xero else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """Lines as the file has them, and the invoices they belong to. Raises Refused for what no setting decides."""
        from pipelines.landing.connectors.xero.export import XeroSettings, extracts
        from pipelines.landing.reading.dialects import read_csv

        table = read_csv(file.text())
        columns = {plain(name): column for name, column in zip(table.header, table.columns, strict=True)}
        _refuse_without(columns, table)
        return extracts(table, columns, XeroSettings.parse(self.name, source.settings), source)


CONNECTOR = XeroConnector()


def plain(name: str) -> str:
    """A header without case and without the `*` by which the import template marks what it requires."""
    return name.strip().removeprefix("*").strip().lower()


def _header(head: bytes) -> list[str]:
    """The cells of the first line that is not blank; empty where the bytes are no table."""
    from pipelines.landing.reading.dialects import decode

    line = next((line for line in decode(head).text.splitlines() if line.strip()), "")
    try:
        return next(csv.reader([line.removeprefix("\ufeff")]), [])
    except csv.Error:
        return []


def _refuse_without(columns: dict[str, str], table: Table) -> None:
    missing = sorted(_ALWAYS_THERE - columns.keys())
    if missing or not columns.keys() & _LINE_COLUMNS:
        lacking = ", ".join(missing) or "LineAmount"
        raise Refused(f"This Xero export lacks {lacking}.", "Export the sales invoices again, with all columns.")
