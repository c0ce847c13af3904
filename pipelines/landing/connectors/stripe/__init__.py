"""Stripe: the API's JSON, of the older and the newer generation, as `stripe invoices list` and scripts write it.

Invoices and credit notes with all their lines, customers, products and prices; and the dashboard's CSV of invoices,
which has no lines (`dashboard.py`). Both are one source, so that an invoice in both is one invoice. Of the JSON,
`documents.py` finds the objects, `billing.py` maps invoices and lines, `products.py` what they sell, `amounts.py`
converts Stripe's whole numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.landing.connector import Extract, Finding, IncomingFile, Refused, SourceContext

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.connectors.stripe.billing import Bills
    from pipelines.landing.connectors.stripe.documents import Documents
    from pipelines.landing.connectors.stripe.settings import StripeSettings

_HEAD_BYTES = 65_536
_SUFFIXES = (".json", ".jsonl", ".ndjson")
_OBJECT = re.compile(r'"object"\s*:\s*"(invoice|credit_note|line_item|customer|product|price|plan)"')
_LIST_URL = re.compile(r'"url"\s*:\s*"/v1/(invoices|credit_notes|customers|products|prices|plans)\b')


class StripeConnector:
    """Exports of Stripe's API in JSON, and of its dashboard in CSV."""

    name = "stripe"

    def recognise(self, file: IncomingFile) -> str | None:
        from pipelines.landing.reading.dialects import decode

        if file.suffix == ".csv":
            from pipelines.landing.connectors.stripe.dashboard import is_dashboard_header

            is_export = is_dashboard_header(file.head(_HEAD_BYTES))
            return "its header is that of the Stripe dashboard's export of invoices" if is_export else None
        if file.suffix not in _SUFFIXES:
            return None
        head = decode(file.head(_HEAD_BYTES)).text
        found = _OBJECT.search(head) or _LIST_URL.search(head)
        return f"it holds Stripe objects ({found.group(1)})" if found else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        from pipelines.landing.connectors.stripe import billing
        from pipelines.landing.connectors.stripe.documents import read_documents
        from pipelines.landing.connectors.stripe.products import Catalogue
        from pipelines.landing.connectors.stripe.settings import StripeSettings

        own = StripeSettings.parse(self.name, source.settings)
        if file.suffix == ".csv":
            from pipelines.landing.connectors.stripe import dashboard

            return dashboard.extracts(file, own)
        documents = read_documents(file.text().text)
        if not documents.objects and not documents.has_more:
            raise Refused("The file holds no Stripe object.", "Export invoices and credit notes as the API lists them.")
        catalogue = Catalogue.of(each.value for each in documents.objects)
        bills = billing.read_bills(documents, catalogue, own)
        extracts = [
            Extract("invoices", _frame(bills.invoices, _INVOICE_COLUMNS), is_document=True),
            Extract("invoice_lines", _frame(bills.lines, _LINE_COLUMNS), is_document=True),
            *_products(documents),
            *_customer_links(documents, own),
        ]
        extracts[0].findings = _findings(bills, documents)
        return extracts


CONNECTOR = StripeConnector()


_INVOICE_COLUMNS = (
    "invoice_id", "kind", "status", "currency", "issued_on", "due_on", "paid_on", "credits_invoice_id", "reason",
    "_account_key", "_account_name", "_account_hint", "_account_email", "_line_ids", "_raw", "_reject",
)  # fmt: skip
_LINE_COLUMNS = (
    "line_id", "invoice_id", "product", "_product_2", "_product_3", "_product_4", "_product_ref", "quantity", "amount",
    "service_start", "service_end", "credits_line_id", "division", "country", "service_line", "job_family",
    "_raw", "_reject",
)  # fmt: skip


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    from pipelines.landing.connectors.salesforce import values

    schema = {**dict.fromkeys(columns, pl.String), "_line_number": pl.Int64}
    frame = pl.DataFrame({name: [row.get(name) for row in rows] for name in schema}, schema=schema)
    if "_account_hint" in columns:  # the CRM's ids come in two lengths; its accounts have the long one
        frame = frame.with_columns(values.ids(frame["_account_hint"]))
    return frame


def _products(documents: Documents) -> list[Extract]:
    """The catalogue's names, by which invoices of any file find their product's."""
    from pipelines.landing.connectors.stripe.billing import raw
    from pipelines.landing.connectors.stripe.products import object_id
    from pipelines.landing.reading.json_records import text_of

    rows = [
        {
            "product_id": object_id(each.value),
            "name": text_of(each.value.get("name")),
            "_line_number": each.line,
            "_raw": raw(each.value),
        }
        for each in documents.objects
        if each.value["object"] == "product"
    ]
    return [Extract("products", _frame(rows, ("product_id", "name", "_raw")))] if rows else []


def _customer_links(documents: Documents, own: StripeSettings) -> list[Extract]:
    """Customers whose metadata carry the CRM's account id: they link invoices that came in other files."""
    from pipelines.landing.connectors.salesforce import values
    from pipelines.landing.connectors.stripe.billing import account_hint, raw
    from pipelines.landing.connectors.stripe.products import object_id

    rows = [
        {
            "source": StripeConnector.name,
            "source_key": object_id(each.value),
            "account_id": hint,
            "_line_number": each.line,
            "_raw": raw(each.value),
        }
        for each in documents.objects
        if each.value["object"] == "customer" and (hint := account_hint(own, each.value))
    ]
    frame = _frame(rows, ("source", "source_key", "account_id", "_raw"))
    frame = frame.with_columns(values.ids(frame["account_id"]))
    return [Extract("account_external_ids", frame, is_derived=True)] if rows else []


def _findings(bills: Bills, documents: Documents) -> list[Finding]:
    found = []
    for kind, count in sorted(bills.ignored.items()):
        message = f"{count} {kind} objects are no billing records; they stay in the archived file only."
        found.append(Finding("ignored_objects", message, value=kind, rows=count))
    for url, has_more in documents.has_more.items():
        if has_more and not url.endswith("/lines"):
            message = f"The list {url or '(without url)'} goes on after its last page here: export the other pages too."
            found.append(Finding("list_goes_on", message, value=url))
    if bills.test_objects:
        message = f"{bills.test_objects} objects are from Stripe's test mode; they were landed like any other."
        found.append(Finding("test_mode", message, "invoices", "livemode", "false", bills.test_objects))
    if collapsed := bills.collapsed_prorations:
        message = (
            f"{collapsed} proration lines have a period that ends when it starts, so no service period: some export "
            "tools lose it. Export with the API itself if these lines matter."
        )
        found.append(Finding("collapsed_proration", message, "invoice_lines", "service_end", rows=collapsed))
    return found
