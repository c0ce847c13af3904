"""The table `[sources.netsuite]`, and what a search calls its columns when the company has renamed none."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from pipelines.landing.kit.line_exports import NAMED
from pipelines.landing.kit.source_settings import Currency, LocalSettings, known_only

USUAL_LABELS: dict[str, tuple[str, ...]] = {
    "invoice_id": ("internal id", "transaction internal id"),
    "document_number": ("document number", "tran id", "number"),
    "type": ("type", "transaction type"),
    "issued_on": ("date",),
    "name": ("name", "customer/project", "customer", "customer name"),
    "account_key": ("customer internal id", "customer : internal id"),
    "status": ("status",),
    "due_on": ("due date/receive by", "due date"),
    "paid_on": ("date closed",),
    "currency": ("currency",),
    "amount": ("amount",),
    "foreign_amount": ("amount (foreign currency)",),
    "product": ("item",),
    "memo": ("memo", "memo (line)"),
    "account": ("account",),
    "quantity": ("quantity",),
    "line_id": ("line id",),
    "tax_line": ("tax line",),
    "service_start": ("rev. rec. start date", "rev rec start date"),
    "service_end": ("rev. rec. end date", "rev rec end date"),
    **dict.fromkeys(NAMED, ()),
}


class NetSuiteSettings(LocalSettings):
    """Keys of NetSuite searches.

    `columns`: the search's label by canonical column. `base_currency`: the one that `Amount` is in. `tax_accounts`:
    beginnings of the accounts whose lines are tax. `has_numbered_names`: whether Name begins with the customer's number
    (default: it does where every name of the file begins with one). `sub_customer_account`: whose name the CRM has of
    `Parent : Child`.
    """

    base_currency: Currency | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    tax_accounts: tuple[str, ...] = ()
    has_numbered_names: bool | None = None
    sub_customer_account: Literal["parent", "child"] | None = None

    @field_validator("columns")
    @classmethod
    def _are_known(cls, columns: dict[str, str]) -> dict[str, str]:
        return known_only(columns, USUAL_LABELS)
