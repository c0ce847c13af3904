"""Invoices as Stripe's dashboard exports them to CSV: one row an invoice, no lines, amounts in major units.

Each invoice gets one line of its whole net amount, over the span of its lines' periods. That is a summary: the same
invoice in the API's JSON goes before it. Void invoices are the exception, as of them no lines are needed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable

import polars as pl

from pipelines.landing.conform import conform
from pipelines.landing.connector import IS_SUMMARY, LINE_NUMBER, RAW, REJECT, Extract, Finding, IncomingFile
from pipelines.landing.connectors.salesforce import values
from pipelines.landing.connectors.stripe.settings import StripeSettings
from pipelines.landing.drift import missing_columns
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit import local_formats, times
from pipelines.landing.reading.dialects import Table, decode, read_csv

_ALWAYS_THERE = ("id", "Customer", "Status", "Currency", "Total", "Date (UTC)")
_FINGERPRINT = {"id", "customer", "date (utc)"}
_AMOUNTS = {"amount due", "amount paid", "subtotal", "total"}
_TAX = "tax"
_TAX_PARTS = ("exclusive tax amount", "inclusive tax amount")
_PERIOD = ("minimum line item period start (utc)", "maximum line item period end (utc)")
_DO = "Export the invoices again with all columns."
_MONEY = pl.Decimal(38, 6)
LINE_LEVEL = (
    "{} invoices came from the dashboard's CSV, each as one line: what is recurring, one-off or of another period in "
    "it cannot be told apart, and credit notes are not in this export. Line-level revenue needs the JSON "
    "(stripe invoices list, stripe credit_notes list), which goes before this file for the same invoices."
)


def is_dashboard_header(head: bytes) -> bool:
    """Whether the first line is the header of the dashboard's export of invoices."""
    line = next((line for line in decode(head).text.removeprefix("\ufeff").splitlines() if line.strip()), "")
    try:
        names = {name.strip().lower() for name in next(csv.reader([line]), [])}
    except csv.Error:
        return False
    return names >= _FINGERPRINT and bool(names & _AMOUNTS)


def extracts(file: IncomingFile, settings: StripeSettings) -> list[Extract]:
    """Invoices as the file has them, and the one derived line of each. Raises Refused where a column is missing."""
    table = read_csv(file.text())
    has_parts = all(name in table.columns for name in _TAX_PARTS)
    required = [*_ALWAYS_THERE, *(() if has_parts else ("Tax",))]
    if refusal := missing_columns(required, table.header, "This export of Stripe's dashboard", _DO, _PERIOD):
        raise refusal
    rows = _rows(_Sheet(table, settings), has_parts)
    lines = _lines(rows)
    refused = conform(ENTITIES["invoice_lines"], lines).quarantine
    reasons = refused.select(pl.col("line_number").alias(LINE_NUMBER), pl.col("reason").alias("of_line"))
    invoices = rows.join(reasons, on=LINE_NUMBER, how="left", maintain_order="left").with_columns(
        pl.coalesce(REJECT, "of_line").alias(REJECT)
    )
    entity = ENTITIES["invoices"]
    known = [name for name in (*entity.columns, *entity.technical_columns) if name in invoices.columns]
    landed = invoices.select(*known, "_total", LINE_NUMBER, RAW, REJECT, IS_SUMMARY)
    derived = lines.join(landed.filter(pl.col(REJECT).is_null()).select(LINE_NUMBER), on=LINE_NUMBER, how="semi")
    return [
        Extract("invoices", landed, is_document=True, findings=_findings(rows, table.columns)),
        Extract("invoice_lines", derived, is_document=True, is_derived=True),
    ]


class _Sheet:
    """The table's cells by lower-cased header; a column that is not there is empty."""

    def __init__(self, table: Table, settings: StripeSettings) -> None:
        self.rows = table.rows
        self.settings = settings
        found = [self.cells(name) for name in table.columns if name.endswith("(utc)")]
        self.style = local_formats.date_style(found, settings, "stripe")
        amounts = [self.cells(name) for name in (*_AMOUNTS, _TAX, *_TAX_PARTS)]
        self.mark = local_formats.decimal_mark(amounts, settings.decimal, "stripe")

    def cells(self, name: str) -> pl.Series:
        if name not in self.rows.columns:
            return pl.Series(name, [None], dtype=pl.String).new_from_index(0, self.rows.height)
        cells = self.rows[name].str.strip_chars()
        return cells.set(cells == "", None)

    def day(self, name: str) -> pl.Series:
        moments = local_formats.timestamps(self.cells(name), self.style, "UTC")
        return times.days_of_timestamps(moments, "UTC", self.settings.time_zone)

    def number(self, name: str) -> pl.Series:
        return local_formats.numbers(self.cells(name).str.strip_prefix("'"), self.mark)

    def hint(self) -> pl.Series:
        """The CRM's account id in a metadata column, which the dashboard calls `key (metadata)`."""
        keys = [key.lower() for key in self.settings.account_metadata_keys]
        found = self.cells("")
        for name in (name for key in keys for name in (f"{key} (metadata)", key)):
            found = found.fill_null(self.cells(name))
        return values.ids(found)


def _rows(sheet: _Sheet, has_parts: bool) -> pl.DataFrame:
    """The columns of invoices and of their lines, side by side."""
    status = sheet.cells("status").str.to_lowercase()
    is_of_subscription = sheet.cells("subscription").is_not_null()
    start, end = (sheet.day(name) for name in _PERIOD)
    rows = pl.DataFrame(
        {
            "invoice_id": sheet.cells("id"),
            "kind": pl.Series(["invoice"]).new_from_index(0, sheet.rows.height),
            "status": status,
            "currency": sheet.cells("currency").str.to_uppercase(),
            "issued_on": sheet.day("finalized at (utc)").fill_null(sheet.day("date (utc)")),
            "due_on": sheet.day("due date (utc)"),
            "paid_on": sheet.day("paid at (utc)"),
            "_account_key": sheet.cells("customer"),
            "_account_name": sheet.cells("customer name"),
            "_account_email": sheet.cells("customer email"),
            "_account_hint": sheet.hint(),
            "_total": sheet.number("total"),
            "_product": sheet.cells("description"),
            "_period_start": start,
            "_period_end": end,
            "_has_length": (sheet.cells(_PERIOD[0]) != sheet.cells(_PERIOD[1])).fill_null(False),
            "_is_of_subscription": is_of_subscription,
            IS_SUMMARY: (status != "void").fill_null(True),
        }
    )
    taxes = [sheet.number(name) for name in (_TAX_PARTS if has_parts else (_TAX,))]
    return rows.with_columns(_net(rows["_total"], taxes)).hstack(sheet.rows.select(LINE_NUMBER, RAW, REJECT))


def _net(total: pl.Series, taxes: Iterable[pl.Series]) -> pl.Series:
    """Total less tax; where one of them is no number, that one as it stands, for the quarantine."""
    net, wrong = total.cast(_MONEY, strict=False), total.set(total.cast(_MONEY, strict=False).is_not_null(), None)
    for tax in taxes:
        amount = tax.cast(_MONEY, strict=False)
        wrong = wrong.fill_null(tax.set(amount.is_not_null(), None))
        net = net - amount.fill_null(0)
    return wrong.fill_null(net.cast(pl.String)).alias("_net")


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    """One line an invoice. Its period's end is exclusive in Stripe, as in the JSON; no length is no period."""
    kind = pl.when("_is_of_subscription").then(pl.lit("Stripe subscription")).otherwise(pl.lit("Stripe invoice"))
    last = pl.col("_period_end").str.to_date("%Y-%m-%d", strict=False).dt.offset_by("-1d").cast(pl.String)
    return rows.filter(pl.col(REJECT).is_null()).select(
        (pl.col("invoice_id") + "#summary").alias("line_id"),
        "invoice_id",
        pl.coalesce("_product", kind).alias("product"),
        kind.alias("_product_2"),
        pl.col("_net").alias("amount"),
        pl.when("_has_length").then("_period_start").alias("service_start"),
        pl.when("_has_length").then(pl.max_horizontal(last, "_period_start")).alias("service_end"),
        LINE_NUMBER,
        RAW,
        IS_SUMMARY,
    )


def _findings(rows: pl.DataFrame, columns: list[str]) -> list[Finding]:
    found = [Finding("line_level_needs_json", LINE_LEVEL.format(rows.height), "invoice_lines", rows=rows.height)]
    missing = [name for name in _PERIOD if name not in columns]
    if missing:
        message = (
            f"The export lacks {' and '.join(missing)}: its invoices have no service period and count as no recurring "
            "revenue. Tick these columns in the export dialog."
        )
        found.append(Finding("no_service_period", message, "invoice_lines", "service_start", rows=rows.height))
    return found
