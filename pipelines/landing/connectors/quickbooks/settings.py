"""The table `[sources.quickbooks]` of `tenure.toml`."""

from __future__ import annotations

from typing import Literal

from pipelines.landing.kit.line_exports import LineExportSettings
from pipelines.landing.kit.source_settings import Currency


class QuickBooksSettings(LineExportSettings):
    """`home_currency` is the company's. `amount_currency` says in which currency `Amount` is where a report has a
    Currency column but no foreign amount. `service_date_covers`: what a line's Service Date
    stands for. `sub_customer_account`: whose name the CRM has of `Parent:Child`. `document_product`: the product of
    documents whose list has no lines."""

    home_currency: Currency | None = None
    amount_currency: Literal["home", "transaction"] | None = None
    service_date_covers: Literal["day", "month"] | None = None
    sub_customer_account: Literal["parent", "child"] | None = None
    document_product: str | None = None
