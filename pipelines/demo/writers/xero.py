"""Xero's export of sales invoices: one row a line, the invoice's facts on each of them.

Lost on the way, as Xero has no place for it: the day of payment, the invoice a credit note takes back, and two of the
four dimensions (there are two tracking categories).
"""

import csv
from pathlib import Path

from pipelines.demo.billing import Invoice, Line
from pipelines.demo.writers.billed import (
    PERIOD_PATTERN,
    Customers,
    decimal_text,
    is_credit,
    local_day,
    number_of,
    text_of,
)

SETTINGS = f"""
[sources.xero]
date_order = "dmy"
service_period_pattern = '{PERIOD_PATTERN}'

[sources.xero.columns]
division = "Division"
country = "Country"
reason = "Reference"
"""

_COLUMNS = (
    "ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,"
    "POCountry,SAAddressLine1,SAAddressLine2,SAAddressLine3,SAAddressLine4,SACity,SARegion,SAPostalCode,SACountry,"
    "InvoiceNumber,Reference,InvoiceDate,DueDate,PlannedDate,Total,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,"
    "InventoryItemCode,Description,Quantity,UnitAmount,Discount,LineAmount,AccountCode,TaxType,TaxAmount,TrackingName1,"
    "TrackingOption1,TrackingName2,TrackingOption2,Currency,Type,Sent,Status"
)
HEADER = _COLUMNS.split(",")
_STATUSES = {"draft": "Draft", "open": "Awaiting Payment", "uncollectible": "Awaiting Payment", "paid": "Paid"}
_REASONS = {"rate_correction": "order_change", "goodwill": "product_unsatisfactory", "cancellation": "duplicate"}
_DAY = "%d/%m/%Y"


def invoice_rows(invoice: Invoice, customers: Customers, credited: dict[int, Line]) -> list[dict[str, str]]:
    """The rows of one invoice or credit note; a credit note's amounts are positive."""
    sign = -1 if is_credit(invoice) else 1
    total = sign * invoice.total
    paid = total if invoice.status == "paid" else 0
    facts = {
        "ContactName": customers.name(invoice.account),
        "InvoiceNumber": number_of(invoice),
        "Reference": _REASONS.get(invoice.reason, ""),
        "InvoiceDate": local_day(invoice.issued_on, _DAY),
        "DueDate": local_day(invoice.due_on, _DAY),
        "Total": decimal_text(total, 4),
        "TaxTotal": "0.0000",
        "InvoiceAmountPaid": decimal_text(paid, 4),
        "InvoiceAmountDue": decimal_text(total - paid, 4),
        "AccountCode": "200",
        "TaxType": "Tax Exempt",
        "TaxAmount": "0.0000",
        "Currency": invoice.currency,
        "Type": "Sales credit note" if is_credit(invoice) else "Sales invoice",
        "Sent": "" if invoice.status == "draft" else "Sent",
        "Status": _STATUSES.get(invoice.status, "Voided"),
    }
    return [facts | _line(invoice, line, sign, credited) for line in invoice.lines]


def _line(invoice: Invoice, line: Line, sign: int, credited: dict[int, Line]) -> dict[str, str]:
    division, country = line.offer.division, line.country
    return {
        "InventoryItemCode": line.offer.product,
        "Description": text_of(invoice, line, credited),
        "Quantity": f"{line.quantity}.0000",
        "UnitAmount": decimal_text(round(sign * line.amount / line.quantity), 4),
        "LineAmount": decimal_text(sign * line.amount, 4),
        "TrackingName1": "Division" if division else "",
        "TrackingOption1": division,
        "TrackingName2": "Country" if country else "",
        "TrackingOption2": country,
    }


def write_file(path: Path, rows: list[dict[str, str]]) -> None:
    """UTF-8 with a byte order mark and CRLF, as the export has them."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
