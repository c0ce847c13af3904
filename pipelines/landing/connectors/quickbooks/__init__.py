"""QuickBooks Online: `Sales by Customer Detail` in the classic and the new layout, CSV and XLSX, and flat lists.

`report.py` tells rows from layout (titles, customer groups, totals, footer) and checks the totals; `rows.py` maps the
rows to lines and invoices; `settings.py` holds what no report says.
"""

from __future__ import annotations

from pipelines.landing.connector import Extract, IncomingFile, SourceContext

_HEAD_BYTES = 16_384
# A workbook cannot be looked into without opening all of it; reports made to be read are far smaller.
_LARGEST_WORKBOOK = 30_000_000


class QuickBooksConnector:
    """Sales reports and lists of QuickBooks Online."""

    name = "quickbooks"

    def recognise(self, file: IncomingFile) -> str | None:
        if file.suffix not in (".csv", ".xlsx") or (file.suffix == ".xlsx" and file.size > _LARGEST_WORKBOOK):
            return None
        from pipelines.landing.connectors.quickbooks.report import first_rows, is_header

        is_mine = any(is_header([cell.lower() for cell in row]) for row in first_rows(file, _HEAD_BYTES))
        return "it has the header of a QuickBooks sales report" if is_mine else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """Lines as the report has them, and the invoices they belong to. Raises Refused for a report that is cut off,
        of which nothing tells the lines, the currency or the order of its dates."""
        from pipelines.landing.connectors.quickbooks.report import read_report
        from pipelines.landing.connectors.quickbooks.rows import extracts
        from pipelines.landing.connectors.quickbooks.settings import QuickBooksSettings

        own = QuickBooksSettings.parse(self.name, source.settings)
        return extracts(read_report(file, own.decimal), own, source)


CONNECTOR = QuickBooksConnector()
