"""Invoices, credit notes and their lines as canonical rows: one row for each object, complete or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.landing.connectors.stripe import amounts
from pipelines.landing.connectors.stripe.documents import Documents, StripeObject
from pipelines.landing.connectors.stripe.products import (
    DIMENSIONS,
    Catalogue,
    expanded,
    metadata,
    object_id,
    product_columns,
)
from pipelines.landing.connectors.stripe.settings import StripeSettings
from pipelines.landing.reading.json_records import compact, text_of

Row = dict[str, Any]

CUT_OFF = "invoice cut off: export its lines"
NO_LINES = "invoice without its lines: export it with lines"
CREDIT_CUT_OFF = "credit note cut off: export its lines"
CREDIT_NO_LINES = "credit note without its lines: export it with lines"
ORPHAN_LINE = "line without its invoice: put the invoice and all its lines into one file"
FOREIGN_LINE = "its document in this file is complete without this line: it is a preview or of another version"
ORPHAN_CREDIT_LINE = "credit note line without its credit note: export the credit note"

_TAKEN_FROM_CREDITED = (
    "product", "_product_2", "_product_3", "_product_4", "_product_ref", "service_start", "service_end", *DIMENSIONS,
)  # fmt: skip
_INVOICE_OBJECTS = ("invoice", "credit_note", "line_item", "credit_note_line_item")


@dataclass
class Bills:
    """The rows of `invoices` and `invoice_lines`, and what was noticed on the way."""

    invoices: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    collapsed_prorations: int = 0
    test_objects: int = 0
    ignored: Counter[str] = field(default_factory=Counter)


def read_bills(documents: Documents, catalogue: Catalogue, settings: StripeSettings) -> Bills:
    """All invoices, credit notes and lines of a file; a row that cannot be used has its reason in `_reject`."""
    return _Reader(documents, catalogue, settings).read()


class _Reader:
    def __init__(self, documents: Documents, catalogue: Catalogue, settings: StripeSettings) -> None:
        self._documents = documents
        self._catalogue = catalogue
        self._settings = settings
        self._bills = Bills()
        self._invoices: dict[str, Mapping[str, Any]] = {}
        self._credit_notes: dict[str, Mapping[str, Any]] = {}
        self._rows_by_line: dict[str, Row] = {}  # what a credit note line takes from the line it credits
        self._completed = {
            owner for url, has_more in documents.has_more.items() if not has_more and (owner := _owner_in(url))
        }

    def read(self) -> Bills:
        by_type: dict[str, list[StripeObject]] = {name: [] for name in _INVOICE_OBJECTS}
        for each in self._documents.objects:
            kind = each.value["object"]
            if kind in by_type:
                by_type[kind].append(each)
                self._bills.test_objects += each.value.get("livemode") is False
            elif kind not in ("customer", "price", "plan", "product"):
                self._bills.ignored[kind] += 1
        self._invoices = {object_id(each.value) or "": each.value for each in by_type["invoice"]}
        self._credit_notes = {object_id(each.value) or "": each.value for each in by_type["credit_note"]}
        for each in by_type["invoice"]:
            self._invoice(each)
        for each in by_type["line_item"]:
            self._lone_line(each)
        for each in by_type["credit_note"]:
            self._credit_note(each)
        for each in by_type["credit_note_line_item"]:
            self._lone_credit_line(each)
        return self._bills

    def _invoice(self, document: StripeObject) -> None:
        invoice = document.value
        transitions = invoice.get("status_transitions")
        transitions = transitions if isinstance(transitions, dict) else {}
        reject = self._reason_against(invoice, CUT_OFF, NO_LINES)
        self._bills.invoices.append(
            {
                "invoice_id": object_id(invoice),
                "kind": "invoice",
                "status": text_of(invoice.get("status")),
                "currency": _currency(invoice),
                "issued_on": self._first_day(transitions.get("finalized_at"), invoice, "effective_at", "created"),
                "due_on": self._day(invoice.get("due_date")),
                "paid_on": self._day(transitions.get("paid_at")),
                **self._account(invoice),
                "_line_ids": _line_ids(invoice),
                "_line_number": document.line,
                "_raw": _raw_document(invoice),
                "_reject": reject,
            }
        )
        for line, number in zip(_lines(invoice), document.child_lines, strict=False):
            self._line(line, invoice, number, reject)

    def _line(self, line: Mapping[str, Any], invoice: Mapping[str, Any], number: int, reject: str | None) -> None:
        start, end = amounts.service_days(line.get("period"), self._settings.time_zone)
        self._bills.collapsed_prorations += start is None and _is_proration(line)
        row = {
            **self._line_start(line, invoice, number, reject),
            **product_columns(line, self._catalogue),
            "quantity": text_of(line.get("quantity")),
            "amount": _amount(line, _currency(line) or _currency(invoice), sign=1),
            "service_start": start,
            "service_end": end,
        }
        self._bills.lines.append(row)
        self._rows_by_line[row["line_id"] or ""] = row

    def _line_start(self, line: Mapping[str, Any], owner: Mapping[str, Any], number: int, reject: str | None) -> Row:
        return {
            "line_id": object_id(line),
            "invoice_id": object_id(owner),
            "_line_number": number,
            "_raw": raw(line),
            "_reject": reject,
        }

    def _lone_line(self, document: StripeObject) -> None:
        """A line exported by itself: it completes an invoice of this file whose own list was cut off."""
        line = document.value
        invoice_id = object_id(line.get("invoice")) or _owner_in(document.list_url or "")
        invoice = self._invoices.get(invoice_id or "")
        if invoice is None:
            self._line(line, {"id": invoice_id, "currency": line.get("currency")}, document.line, ORPHAN_LINE)
        else:
            self._line(line, invoice, document.line, self._reason_against_lone(line, invoice, CUT_OFF))

    def _reason_against_lone(self, line: Mapping[str, Any], owner: Mapping[str, Any], cut_off: str) -> str | None:
        if _is_cut_off(owner):
            return None if object_id(owner) in self._completed else cut_off
        return None if object_id(line) in {object_id(own) for own in _lines(owner)} else FOREIGN_LINE

    def _credit_note(self, document: StripeObject) -> None:
        note = document.value
        credited_id = object_id(note.get("invoice"))
        credited = expanded(note.get("invoice"), self._invoices)
        reject = self._reason_against(note, CREDIT_CUT_OFF, CREDIT_NO_LINES)
        own_account = self._account(note)
        self._bills.invoices.append(
            {
                "invoice_id": object_id(note),
                "kind": "credit_note",
                "status": "void" if note.get("status") == "void" else "paid",
                "currency": _currency(note),
                "issued_on": self._first_day(note.get("effective_at"), note, "created"),
                "credits_invoice_id": credited_id,
                "reason": text_of(note.get("reason")),
                **{name: found or own_account[name] for name, found in self._account(credited).items()},
                "_line_ids": _line_ids(note),
                "_line_number": document.line,
                "_raw": _raw_document(note),
                "_reject": reject,
            }
        )
        for line, number in zip(_lines(note), document.child_lines, strict=False):
            self._credit_line(line, note, number, reject)

    def _credit_line(self, line: Mapping[str, Any], note: Mapping[str, Any], number: int, reject: str | None) -> None:
        """Product, period and dimensions are the credited line's. The quantity is left empty: it is what was sold, not
        a number of units taken back."""
        credited_id = object_id(line.get("invoice_line_item"))
        credited = self._rows_by_line.get(credited_id or "", {})
        taken = {name: credited[name] for name in _TAKEN_FROM_CREDITED if name in credited}
        self._bills.lines.append(
            {
                **self._line_start(line, note, number, reject),
                **product_columns(line, self._catalogue),
                **taken,
                "amount": _amount(line, _currency(note), sign=-1),
                "credits_line_id": credited_id,
            }
        )

    def _lone_credit_line(self, document: StripeObject) -> None:
        """As for invoices; only the list that holds such a line says which credit note it belongs to."""
        line = document.value
        note_id = _owner_in(document.list_url or "")
        note = self._credit_notes.get(note_id or "")
        if note is None:
            self._credit_line(line, {"id": note_id, "currency": None}, document.line, ORPHAN_CREDIT_LINE)
        else:
            self._credit_line(line, note, document.line, self._reason_against_lone(line, note, CREDIT_CUT_OFF))

    def _reason_against(self, document: Mapping[str, Any], cut_off: str, no_lines: str) -> str | None:
        if document.get("deleted") is True:
            return "deleted in Stripe: nothing but its id is left"
        if _is_cut_off(document):
            return None if object_id(document) in self._completed else cut_off
        is_empty = not _lines(document) and document.get("total") not in (0, None)
        return no_lines if "lines" not in document or is_empty else None

    def _account(self, document: Mapping[str, Any]) -> dict[str, str | None]:
        """What the document says of its account, for the crosswalk."""
        customer = expanded(document.get("customer"), self._catalogue.customers)
        return {
            "_account_key": object_id(document.get("customer")),
            "_account_name": text_of(document.get("customer_name")) or text_of(customer.get("name")),
            "_account_email": text_of(document.get("customer_email")) or text_of(customer.get("email")),
            "_account_hint": account_hint(self._settings, document, _subscription(document), customer),
        }

    def _first_day(self, first: Any, document: Mapping[str, Any], *names: str) -> str | None:
        times = [first, *(document.get(name) for name in names)]
        return self._day(next((time for time in times if time is not None), None))

    def _day(self, seconds: Any) -> str | None:
        return amounts.day(seconds, self._settings.time_zone)


def account_hint(settings: StripeSettings, *holders: Mapping[str, Any]) -> str | None:
    """The CRM's account id in the metadata of the first holder that carries one."""
    found = (text_of(metadata(holder).get(key)) for holder in holders for key in settings.account_metadata_keys)
    return next((hint for hint in found if hint), None)


def _lines(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    lines = document.get("lines")
    data = lines.get("data") if isinstance(lines, dict) else None
    return [line for line in data if isinstance(line, dict)] if isinstance(data, list) else []


def _line_ids(document: Mapping[str, Any]) -> str:
    """The core compares it: two versions of a document with other lines are no duplicates of each other."""
    return " ".join(object_id(line) or "" for line in _lines(document))


def _is_cut_off(document: Mapping[str, Any]) -> bool:
    lines = document.get("lines")
    return isinstance(lines, dict) and lines.get("has_more") is True


def _owner_in(url: str) -> str | None:
    """The id in `/v1/invoices/in_1/lines` or `/v1/credit_notes/cn_1/lines`."""
    parts = url.strip("/").split("/")
    return parts[2] if len(parts) == 4 and parts[3] == "lines" else None


def _currency(document: Mapping[str, Any]) -> str | None:
    written = text_of(document.get("currency"))
    return written.upper() if written else None


def _amount(line: Mapping[str, Any], currency: str | None, sign: int) -> str | None:
    net = amounts.net_of_tax_and_discounts(line)
    if net is None:
        return text_of(line.get("amount"))
    return amounts.major_units(sign * net, currency or "")


def _is_proration(line: Mapping[str, Any]) -> bool:
    """`proration` (older versions of the API), or that of the kind of item the line comes from."""
    parent = line.get("parent")
    details = parent.get(str(parent.get("type"))) if isinstance(parent, dict) else None
    return (details.get("proration") if isinstance(details, dict) else line.get("proration")) is True


def _subscription(invoice: Mapping[str, Any]) -> Mapping[str, Any]:
    """The details of the invoice's subscription, which carry a copy of its metadata."""
    parent = invoice.get("parent")
    holder = parent if isinstance(parent, dict) else invoice
    details = holder.get("subscription_details")
    return details if isinstance(details, dict) else {}


def raw(value: Any) -> str:
    """An object's compact JSON."""
    return compact(value)


def _raw_document(document: Mapping[str, Any]) -> str:
    """Compact JSON, its lines shortened to their ids: each is a record of its own with its own JSON."""
    lines = document.get("lines")
    if not isinstance(lines, dict):
        return raw(document)
    return raw({**document, "lines": {**lines, "data": [object_id(line) for line in _lines(document)]}})
