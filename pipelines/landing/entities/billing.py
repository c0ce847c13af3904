"""Invoices, their lines, and what turns their currencies into one."""

import dataframely as dy
import polars as pl

from pipelines.landing.entities import fields as f
from pipelines.landing.entities.base import Contract


class Invoices(Contract):
    """One row an invoice or credit note."""

    invoice_id = f.text(key=True)
    account_id = f.text(required=True)
    kind = f.text(required=True, values=("invoice", "credit_note"))
    status = f.text(required=True, values=("draft", "open", "paid", "void", "uncollectible"))
    currency = f.cur(required=True)
    issued_on = f.date(required=True)
    due_on = f.date()
    paid_on = f.date()
    in_collections = f.boolean()
    credits_invoice_id = f.text()
    reason = f.text(pii="free_text")


class InvoiceLines(Contract):
    """One row a line of an invoice or credit note; amounts net of tax, negative on credit notes."""

    line_id = f.text(key=True)
    invoice_id = f.text(required=True)
    product = f.text(required=True)
    quantity = f.num()
    amount = f.money(required=True)
    service_start = f.date()
    service_end = f.date()
    credits_line_id = f.text()
    division = f.text()
    country = f.text()
    service_line = f.text()
    job_family = f.text()
    cost = f.money()

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:
        return pl.col("service_end").is_null() | (
            pl.col("service_start").is_null() | (pl.col("service_end") >= pl.col("service_start"))
        )


class Products(Contract):
    """One row a product of a billing system's catalogue. Not an entity of the templates."""

    product_id = f.text(key=True)
    name = f.text(required=True)


class FxRates(Contract):
    """One row a day and currency: units of the currency for one euro."""

    date = f.date(key=True)
    currency = f.cur(key=True)
    per_eur = f.num(required=True, above=0)
