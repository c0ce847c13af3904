"""What somebody exports who has Salesforce and Stripe and nothing else, written by hand: five clients, two managers.

Dates are counted back from today, as the commands that read the files take the newest complete month. In it, twelve
months after: Ann's Alder rises from 12,000 to 15,000 and her Birch stays at 24,000. Ben's Cedar, 12,000, has left, and
Dogwood, which was Ann's a year ago, rises from 60,000 to 66,000. Nobody knows whose customer Elm is.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from pipelines.demo.ids import salesforce_id, stripe_id
from pipelines.demo.writers.salesforce import write_table

ANN, BEN = salesforce_id("User", 1), salesforce_id("User", 2)
ALDER, BIRCH, CEDAR, DOGWOOD, ELM = (salesforce_id("Account", number) for number in range(1, 6))
ACCOUNTS = {
    ALDER: ("Alder Health", ANN),
    BIRCH: ("Birch Foods", ANN),
    CEDAR: ("Cedar Logistics", BEN),
    DOGWOOD: ("Dogwood Bank", BEN),
    ELM: ("Elm Retail", BEN),
}
PRODUCTS = {"prod_Q1pl": "Platform", "prod_Q2an": "Analytics", "prod_Q3on": "Onboarding"}
PLATFORM, ANALYTICS, ONBOARDING = PRODUCTS
CREATED = {"CreatedDate": "2021-03-01 09:00:00"}
Document = dict[str, Any]


def write_exports(folder: Path) -> None:
    """Files as the two systems write them."""
    folder.mkdir(parents=True)
    write_table(folder / "User.csv", "User", [
        {"Id": ANN, "FirstName": "Ann", "LastName": "Archer", "IsActive": "1", **CREATED},
        {"Id": BEN, "FirstName": "Ben", "LastName": "Baker", "IsActive": "1", **CREATED},
    ])  # fmt: skip
    write_table(folder / "Account.csv", "Account", [
        {"Id": account, "IsDeleted": "0", "Name": name, "OwnerId": owner, "BillingCountryCode": "US",
         "CurrencyIsoCode": "USD", **CREATED}
        for account, (name, owner) in ACCOUNTS.items()
    ])  # fmt: skip
    changed = f"{month(5)} 10:00:00"
    write_table(folder / "AccountHistory.csv", "AccountHistory", [
        {"Id": salesforce_id("AccountHistory", number), "IsDeleted": "0", "AccountId": DOGWOOD, "CreatedById": ANN,
         "CreatedDate": changed, "Field": "Owner", "DataType": kind, "OldValue": old, "NewValue": new}
        for number, (kind, old, new) in enumerate([("Text", "Ann Archer", "Ben Baker"), ("EntityId", ANN, BEN)])
    ])  # fmt: skip
    invoices = _invoices()
    pages = [_page("invoices", invoices[:20], has_more=True), _page("invoices", invoices[20:], has_more=False)]
    (folder / "stripe_invoices.json").write_text("\n".join(json.dumps(page, indent=2) for page in pages), "utf-8")
    products = [
        {"id": key, "object": "product", "active": True, "livemode": True, "metadata": {}, "name": name}
        for key, name in PRODUCTS.items()
    ]
    (folder / "stripe_products.json").write_text(json.dumps(_page("products", products, has_more=False)), "utf-8")


def month(ago: int) -> dt.date:
    """The first day of the month that was so many months ago."""
    today = dt.datetime.now(dt.UTC).date()
    return _months_after(today.replace(day=1), -ago)


def _invoices() -> list[Document]:
    found: list[Document] = []

    def bill(customer: str, name: str, ago: int, months: int, dollars: int, product: str, **metadata: str) -> None:
        found.append(_invoice(len(found) + 1, customer, name, month(ago), months, dollars * 100, product, metadata))

    for ago, dollars in ((26, 12_000), (14, 12_000), (2, 15_000)):
        bill("cus_QaAlder", "ALDER HEALTH AP TEAM", ago, 12, dollars, PLATFORM, salesforce_account_id=ALDER)
        bill("cus_QaBirch", "Birch Foods, Inc.", ago, 12, 24_000, PLATFORM)
        bill("cus_QaDogwd", "Dogwood Bank", ago, 12, 66_000 if ago == 2 else 60_000, PLATFORM)
    bill("cus_QaAlder", "ALDER HEALTH AP TEAM", 14, 0, 3_000, ONBOARDING, salesforce_account_id=ALDER)
    for ago in range(26, 5, -1):
        bill("cus_QaCedar", "Cedar Logistics", ago, 1, 1_000, ANALYTICS)
    bill("cus_QaElm00", "E. R. Holdings Accounts Payable", 8, 12, 9_000, PLATFORM)
    return found


def _invoice(
    number: int, customer: str, name: str, start: dt.date, months: int, cents: int, product: str, metadata: Document
) -> Document:
    """An invoice of one line; of no months: an item without a period."""
    issued, document = _seconds(start), stripe_id("in", number)
    kind = "subscription_item_details" if months else "invoice_item_details"
    line = {
        "id": stripe_id("il", number),
        "object": "line_item",
        "amount": cents,
        "currency": "usd",
        "description": f"1 × {PRODUCTS[product]}",
        "discount_amounts": [],
        "discountable": True,
        "livemode": True,
        "metadata": {},
        "parent": {"type": kind, kind: {"proration": False, "subscription": f"sub_{customer[4:]}"}},
        "period": {"start": issued, "end": _seconds(_months_after(start, months))},
        "pricing": {"type": "price_details", "price_details": {"price": f"price_{product[5:]}", "product": product}},
        "quantity": 1,
        "taxes": [],
    }
    return {
        "id": document,
        "object": "invoice",
        "amount_due": cents,
        "amount_paid": cents,
        "amount_remaining": 0,
        "billing_reason": "subscription_cycle" if months else "manual",
        "collection_method": "charge_automatically",
        "created": issued,
        "currency": "usd",
        "customer": customer,
        "customer_email": None,
        "customer_name": name,
        "due_date": None,
        "effective_at": issued,
        "lines": {"object": "list", "data": [line], "has_more": False, "url": f"/v1/invoices/{document}/lines"},
        "livemode": True,
        "metadata": metadata,
        "number": f"A-{number:04d}",
        "period_end": issued,
        "period_start": issued - 86_400 * 30,
        "status": "paid",
        "status_transitions": {
            "finalized_at": issued, "marked_uncollectible_at": None, "paid_at": issued + 3_600, "voided_at": None
        },
        "subtotal": cents,
        "total": cents,
    }  # fmt: skip


def _page(kind: str, objects: list[Document], has_more: bool) -> Document:
    return {"object": "list", "data": objects, "has_more": has_more, "url": f"/v1/{kind}"}


def _months_after(day: dt.date, months: int) -> dt.date:
    year, index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=index + 1)


def _seconds(day: dt.date) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())
