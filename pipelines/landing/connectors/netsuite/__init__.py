"""NetSuite: a transaction saved search, exported as CSV.

Its columns are called what the search calls them; only the main-line marker `*` is always the same. `settings.py`
knows the usual labels, `search.py` makes lines and invoices of the rows, `amounts.py` compares lines and main lines.
"""

from __future__ import annotations

import csv

from pipelines.landing.connector import Extract, IncomingFile, SourceContext

_HEADER_BYTES = 16_384
_MARKER = "*"
# Two of these beside the marker: searches keep most of the default labels.
_USUAL = {"internal id", "document number", "type", "period", "name", "account", "memo", "amount"}


class NetSuiteConnector:
    """Transaction saved searches of NetSuite in CSV."""

    name = "netsuite"

    def recognise(self, file: IncomingFile) -> str | None:
        if file.suffix != ".csv":
            return None
        names = {name.strip().lower() for name in _header(file.head(_HEADER_BYTES))}
        is_search = _MARKER in names and len(names & _USUAL) > 1
        return "its header has the main-line marker '*' of a NetSuite transaction search" if is_search else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """Lines as the search has them, and the invoices they belong to. Raises Refused for what no setting decides."""
        from pipelines.landing.connectors.netsuite.search import extracts
        from pipelines.landing.connectors.netsuite.settings import NetSuiteSettings
        from pipelines.landing.reading.dialects import read_csv

        return extracts(read_csv(file.text()), NetSuiteSettings.parse(self.name, source.settings), source)


CONNECTOR = NetSuiteConnector()


def _header(head: bytes) -> list[str]:
    """The cells of the first line that is not blank; empty where the bytes are no table."""
    from pipelines.landing.reading.dialects import decode

    text = decode(head).text.removeprefix("\ufeff")
    line = next((line for line in text.splitlines() if line.strip()), "")
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []
