"""Stripe's API objects as JSON: invoices with their lines, one list a year, and credit notes.

Up to the end of 2024 in the older generation of the API (`price`, `proration` and `subscription` on the line), later in
the newer one (`pricing` and `parent`), because a company's exports of several years hold both.
"""

import datetime as dt
from functools import cache
from typing import Any

from pipelines.demo.billing import Invoice, Line
from pipelines.demo.ids import stripe_id
from pipelines.demo.simulate import World

_NEW_GENERATION_FROM = dt.date(2025, 1, 1)
_EPOCH = dt.date(1970, 1, 1)
_REASONS = {"rate_correction": "order_change", "goodwill": "product_unsatisfactory", "cancellation": "duplicate"}
Document = dict[str, Any]


def stripe_documents(world: World) -> tuple[dict[int, list[Document]], list[Document], list[tuple[str, str]]]:
    """Invoices by the year they were issued in, credit notes, and (customer, account id) pairs only a mapping can link.

    Every account has one customer: linked by metadata, by its exact name, or by neither.
    """
    invoices: dict[int, list[Document]] = {}
    notes: list[Document] = []
    names = {account.account_id: client.name for client in world.company.clients for account in client.accounts}
    to_map: dict[str, str] = {}
    for invoice in sorted(world.invoices, key=lambda each: (each.issued_on, each.invoice_id)):
        if invoice.channel != "stripe":
            continue
        if invoice.kind == "credit_note":
            notes.append(_credit_note(invoice))
            continue
        account = invoice.account
        if account.stripe_link == "map":
            to_map[customer_id(account.account_id)] = account.account_id
            name, metadata = f"{names[account.account_id].split(' ')[0]} Group Accounts Payable", {}
        else:
            name = account.name
            metadata = {"account_id": account.account_id} if account.stripe_link == "metadata" else {}
        invoices.setdefault(invoice.issued_on.year, []).append(invoice_document(invoice, name, metadata))
    return invoices, notes, sorted(to_map.items())


def customer_id(account_id: str) -> str:
    """The billing customer of an account."""
    return f"cus_R{account_id[9:15]}{account_id[3:7]}"


def seconds(day: dt.date, hour: int = 0) -> int:
    """Unix time of an hour (UTC) of the day."""
    return (day - _EPOCH).days * 86_400 + hour * 3_600


def minor_units(hundredths: int, currency: str) -> int:
    """The amount in the currency's smallest unit: yen have no hundredths."""
    return hundredths // 100 if currency == "JPY" else hundredths


def invoice_document(invoice: Invoice, customer_name: str, metadata: dict[str, str]) -> Document:
    """One invoice object with all its lines."""
    number = stripe_id("in", invoice.invoice_id)
    currency = invoice.currency.lower()
    total = minor_units(invoice.total, invoice.currency)
    issued = seconds(invoice.issued_on, 9)
    paid = None if invoice.paid_on is None else seconds(invoice.paid_on, 14)
    is_draft = invoice.status == "draft"
    lines = [_line(invoice, line) for line in invoice.lines]
    has_term = any(line.agreement is not None for line in invoice.lines)
    return {
        "id": number,
        "object": "invoice",
        "number": None if is_draft else f"TS-{invoice.invoice_id:07d}",
        "customer": customer_id(invoice.account.account_id),
        "customer_name": customer_name,
        "customer_email": None,
        "currency": currency,
        "status": invoice.status,
        "billing_reason": "subscription_cycle" if has_term else "manual",
        "collection_method": "charge_automatically" if paid and paid - issued < 864_000 else "send_invoice",
        "created": issued - 3_600,
        "effective_at": None if is_draft else issued,
        "due_date": None if invoice.due_on is None else seconds(invoice.due_on, 9),
        "period_start": seconds(invoice.issued_on - dt.timedelta(days=30)),
        "period_end": seconds(invoice.issued_on),
        "subtotal": total,
        "total": total,
        "total_excluding_tax": total,
        "amount_due": max(total, 0),
        "amount_paid": max(total, 0) if paid else 0,
        "amount_remaining": 0 if paid else max(total, 0),
        "pre_payment_credit_notes_amount": 0,
        "post_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "ending_balance": min(total, 0),
        "status_transitions": {
            "finalized_at": None if is_draft else issued,
            "marked_uncollectible_at": issued + 90 * 86_400 if invoice.status == "uncollectible" else None,
            "paid_at": paid,
            "voided_at": issued + 86_400 if invoice.status == "void" else None,
        },
        "livemode": True,
        "metadata": metadata,
        "lines": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": f"/v1/invoices/{number}/lines",
        },
    }


def _line(invoice: Invoice, line: Line) -> Document:
    start = seconds(line.start or invoice.issued_on)
    # The end is exclusive: midnight after the last day; a one-off has no extent at all.
    end = start if line.end is None else seconds(line.end) + 86_400
    document = {
        "id": stripe_id("il", line.line_id),
        "object": "line_item",
        "amount": minor_units(line.amount, invoice.currency),
        "currency": invoice.currency.lower(),
        "description": _description(line),
        "quantity": line.quantity,
        "period": {"start": start, "end": end},
        "discount_amounts": [],
        "metadata": _metadata(line),
    }
    if invoice.issued_on >= _NEW_GENERATION_FROM:
        return document | {"taxes": [], **_new_generation(line)}
    return document | {"tax_amounts": [], **_old_generation(line)}


def _description(line: Line) -> str:
    """Subscriptions describe themselves; usage and one-off items carry the words somebody typed."""
    if line.is_proration:
        return f"{'Unused' if line.amount < 0 else 'Remaining'} time on {line.offer.product}"
    return f"{line.quantity} × {line.offer.product}" if line.offer.revenue_type == "recurring" else line.offer.product


def _metadata(line: Line) -> dict[str, str]:
    values = {
        "division": line.offer.division,
        "country": line.country,
        "service_line": line.offer.service_line,
        "job_family": line.job_family,
    }
    return {key: value for key, value in values.items() if value}


@cache
def _subscription(agreement: int | None) -> str | None:
    return None if agreement is None else stripe_id("sub", agreement)


def _old_generation(line: Line) -> Document:
    is_item = line.agreement is None or line.offer.revenue_type != "recurring"
    return {
        "type": "invoiceitem" if is_item else "subscription",
        "proration": line.is_proration,
        "subscription": _subscription(line.agreement),
        "price": {
            "id": line.offer.stripe_product.replace("prod_", "price_"),
            "object": "price",
            "product": line.offer.stripe_product,
            "type": "one_time" if is_item else "recurring",
        },
    }


def _new_generation(line: Line) -> Document:
    is_item = line.agreement is None or line.offer.revenue_type != "recurring"
    kind = "invoice_item_details" if is_item else "subscription_item_details"
    return {
        "subscription": _subscription(line.agreement),
        "parent": {
            "type": kind,
            kind: {
                "proration": line.is_proration,
                "subscription": _subscription(line.agreement),
            },
        },
        "pricing": {
            "type": "price_details",
            "price_details": {
                "price": line.offer.stripe_product.replace("prod_", "price_"),
                "product": line.offer.stripe_product,
            },
        },
    }


def _credit_note(note: Invoice) -> Document:
    """Amounts on credit notes are positive; the mapping turns them."""
    amount = -minor_units(note.total, note.currency)
    created = seconds(note.issued_on, 11)
    number = stripe_id("cn", note.invoice_id)
    return {
        "id": number,
        "object": "credit_note",
        "number": f"TS-{note.credits:07d}-CN-{note.invoice_id % 100 + 1:02d}",
        "invoice": stripe_id("in", note.credits or 0),
        "customer": customer_id(note.account.account_id),
        "amount": amount,
        "subtotal": amount,
        "total": amount,
        "currency": note.currency.lower(),
        "status": "issued",
        "type": "post_payment",
        "reason": _REASONS[note.reason],
        "created": created,
        "effective_at": created,
        "voided_at": None,
        "livemode": True,
        "metadata": {},
        "lines": {
            "object": "list",
            "data": [
                {
                    "id": stripe_id("cnli", line.line_id),
                    "object": "credit_note_line_item",
                    "amount": -minor_units(line.amount, note.currency),
                    "description": line.offer.product,
                    "discount_amounts": [],
                    "invoice_line_item": stripe_id("il", line.credits or 0),
                    "quantity": line.quantity,
                    "taxes": [],
                    "type": "invoice_line_item",
                }
                for line in note.lines
            ],
            "has_more": False,
            "url": f"/v1/credit_notes/{number}/lines",
        },
    }
