"""Data rows of a QuickBooks report as lines and invoices in the template formats."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.landing.connector import (
    IS_ACTIVE,
    IS_SUMMARY,
    LINE_NUMBER,
    NOTE,
    RAW,
    REJECT,
    Extract,
    Finding,
    Refused,
    SourceContext,
)
from pipelines.landing.connectors.quickbooks.report import Report
from pipelines.landing.connectors.quickbooks.settings import QuickBooksSettings
from pipelines.landing.kit import line_exports, service_periods, value_maps
from pipelines.landing.kit.line_exports import IS_REPEAT, NAMED, PAYMENT_UNKNOWN, PERIOD
from pipelines.landing.kit.local_formats import DateStyle, date_style, days, numbers

_VALUE_MAPS = Path(__file__).with_name("value_maps.csv")
_SALES = ("invoice", "credit_note")
# Paid or paid back on the spot.
_SETTLED = ("sales receipt", "refund receipt", "refund")


def extracts(report: Report, own: QuickBooksSettings, source: SourceContext) -> list[Extract]:
    """The lines and invoices of a report."""
    file = _File(report, own)
    kinds = value_maps.apply(source.map_values, _VALUE_MAPS, "invoices", "kind", [file.cells("type")])
    is_sale = kinds.is_in(_SALES).fill_null(False)
    _refuse_without_lines(file, is_sale)
    place = own.service_period_column
    texts = file.named(place) if place else file.cells("memo")
    periods = service_periods.found_in(texts, own.service_period_pattern)
    style = date_style(
        [file.cells("date"), file.cells("due"), file.cells("service_date"), periods["start"], periods["end"]],
        own,
        "quickbooks",
    )
    customers = file.customers()
    issued_on = days(file.cells("date"), style)
    amounts, currencies = _money(file, is_sale)
    rows = pl.DataFrame(
        {
            "invoice_id": _invoice_ids(file, issued_on, customers),
            "_account_key": customers,
            "_account_name": _account_names(customers, own),
            "kind": kinds,
            "currency": currencies,
            "issued_on": issued_on,
            "due_on": days(file.cells("due"), style),
            "amount": amounts,
            "quantity": numbers(file.number("quantity"), report.decimal),
            "open_balance": numbers(file.number("open_balance"), report.decimal),
            **_products(file, periods["rest"]),
            **_service_days(file, periods, style),
            **{name: file.named(own.column_of[name]) for name in NAMED if name in own.column_of},
            NOTE: _notes(file, is_sale),
        }
    ).hstack(report.table.rows.select(LINE_NUMBER, RAW, REJECT))
    rows = rows.with_columns(_statuses(file)).with_columns(
        pl.Series(IS_REPEAT, [place in report.copies for place in range(rows.height)], pl.Boolean),
        pl.col(NOTE).is_null().alias(IS_ACTIVE),
        # The report with lines tells more of the same documents, whichever of the two was exported last.
        pl.lit(not file.has("product")).alias(IS_SUMMARY),
        pl.when(pl.col("kind") == "credit_note").then(None).otherwise("quantity").alias("quantity"),
        _rejects(),
    )
    built = line_exports.extracts(rows, [*report.findings, *_findings(file, rows, kinds)])
    for extract in built:
        extract.exported_at = report.exported_at
    return built


class _File:
    """The report's columns by the names of `report.ALIASES`, trimmed; a column that is not there is empty."""

    def __init__(self, report: Report, own: QuickBooksSettings) -> None:
        self.report, self.own = report, own
        self.height = report.table.rows.height

    def has(self, key: str) -> bool:
        return key in self.report.columns

    def cells(self, key: str) -> pl.Series:
        column = self.report.columns.get(key)
        if column is None:
            return pl.Series(key, [None], dtype=pl.String).new_from_index(0, self.height)
        return self._trimmed(column).alias(key)

    def number(self, key: str) -> pl.Series:
        """Some tools put an apostrophe before a sign, so that a spreadsheet does not take the cell for a formula."""
        return self.cells(key).str.strip_prefix("'")

    def named(self, name: str) -> pl.Series:
        """A column the settings name. Raises Refused where the report has none of that name."""
        column = name.strip().lower()
        if column not in self.report.table.columns:
            raise Refused(
                f"The settings name the column '{name}', which the report does not have.",
                "Customise the report to show it, or correct the name under [sources.quickbooks] in tenure.toml.",
            )
        return self._trimmed(column)

    def customers(self) -> pl.Series:
        return pl.Series("customer", self.report.customers, pl.String)

    def _trimmed(self, column: str) -> pl.Series:
        return self.report.table.rows[column].str.strip_chars().replace("", None)


def _refuse_without_lines(file: _File, is_sale: pl.Series) -> None:
    if not file.has("product") and file.own.document_product is None and is_sale.any():
        raise Refused(
            "The report has one row a transaction, without the products sold and with tax inside the amount.",
            "Export Sales by Customer Detail. If you cannot, name the product all of it stands for: document_product = "
            '"Services" under [sources.quickbooks] in tenure.toml.',
        )


def _invoice_ids(file: _File, issued_on: pl.Series, customers: pl.Series) -> pl.Series:
    """An invoice's number; with the type before it for all other types, which may have numbers of their own; without a
    number, the type, day and customer."""
    frame = pl.DataFrame(
        {"type": file.cells("type"), "number": file.cells("number"), "day": issued_on, "customer": customers}
    )
    typed = (
        pl.when(pl.col("type").str.to_lowercase() == "invoice")
        .then("number")
        .otherwise(pl.format("{} {}", "type", "number"))
    )
    unnumbered = pl.format("{} {} {}", "type", "day", "customer")
    return frame.select(pl.when(pl.col("number").is_null()).then(unnumbered).otherwise(typed).alias("id")).to_series()


def _account_names(customers: pl.Series, own: QuickBooksSettings) -> pl.Series:
    """By what name the CRM may know a sub-customer is the company's to say; else the full name stands."""
    parts = {"parent": r"^([^:]+):", "child": r":([^:]+)$"}.get(own.sub_customer_account or "")
    return customers if parts is None else customers.str.extract(parts).str.strip_chars().fill_null(customers)


def _products(file: _File, memo: pl.Series) -> dict[str, pl.Series]:
    """What a line sells: the product, else what the settings say, the memo (without a period in it), the account."""
    fixed = pl.Series([file.own.document_product], dtype=pl.String).new_from_index(0, file.height)
    named = [file.cells("product"), fixed, memo, file.cells("account")]
    frame = pl.DataFrame({f"c{position}": column for position, column in enumerate(named)})
    lists = frame.select(pl.concat_list(pl.all()).list.drop_nulls().list.unique(maintain_order=True)).to_series()
    names = ("product", "_product_2", "_product_3", "_product_4")
    return {name: lists.list.get(position, null_on_oob=True) for position, name in enumerate(names)}


def _money(file: _File, is_sale: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Amounts and their currencies. Raises Refused where nothing says which currency the amounts are in."""
    own = file.own
    currencies = file.cells("currency").str.to_uppercase()
    amounts = numbers(file.number("amount"), file.report.decimal)
    if file.has("foreign_amount") and file.has("currency"):
        foreign = numbers(file.number("foreign_amount"), file.report.decimal)
        is_foreign = (currencies != (own.home_currency or "")).fill_null(False) & foreign.is_not_null()
        return foreign.zip_with(is_foreign, amounts), _filled(currencies, own.home_currency, is_sale)
    written = set(currencies.filter(is_sale).drop_nulls())
    if written <= {own.home_currency} or own.amount_currency == "transaction":
        return amounts, _filled(currencies, own.home_currency, is_sale)
    if own.amount_currency == "home":
        return amounts, _filled(currencies.clear(file.height), own.home_currency, is_sale)
    raise Refused(
        "Nothing tells whether Amount is in the report's Currency or in the home currency.",
        'Add the column Foreign Amount, or write amount_currency = "transaction" or "home" (and home_currency) '
        "under [sources.quickbooks] in tenure.toml.",
    )


def _filled(currencies: pl.Series, home: str | None, is_sale: pl.Series) -> pl.Series:
    if home is None and currencies.filter(is_sale).null_count():
        raise Refused(
            "Nothing tells the currency of its amounts.",
            'Write home_currency = "USD" (or another) under [sources.quickbooks] in tenure.toml.',
        )
    return currencies.fill_null(home) if home else currencies


def _service_days(file: _File, periods: pl.DataFrame, style: DateStyle) -> dict[str, pl.Series]:
    """By the columns the settings name, else by the pattern, else by what a Service Date covers, else none."""
    own = file.own
    if all(name in own.column_of for name in PERIOD):
        return {name: days(file.named(own.column_of[name]), style) for name in PERIOD}
    found = service_periods.service_days(periods, style)
    dates = days(file.cells("service_date"), style)
    starts, ends = list(found["service_start"]), list(found["service_end"])
    if own.service_date_covers is not None:
        for place, day in enumerate(dates):
            if starts[place] is None and day is not None:
                month = service_periods.calendar_month(day) if own.service_date_covers == "month" else None
                starts[place], ends[place] = month or (day, day)
    return {"service_start": pl.Series(starts, dtype=pl.String), "service_end": pl.Series(ends, dtype=pl.String)}


def _notes(file: _File, is_sale: pl.Series) -> pl.Series:
    """Why a row takes no part, null where it does. A row without a type is no sale either: it is rejected."""
    types = file.cells("type")
    frame = pl.DataFrame({"type": types, "is_sale": is_sale})
    note = pl.when(~pl.col("is_sale")).then(pl.format("{} is no revenue", "type"))
    return frame.select(note.alias(NOTE)).to_series()


def _statuses(file: _File) -> pl.Expr:
    """Of what is left to pay; a voided invoice stays in the report with no amount and the word in its memo."""
    is_void = file.cells("memo").str.to_lowercase().str.contains("voided").fill_null(False)
    is_settled = file.cells("type").str.to_lowercase().is_in(_SETTLED).fill_null(False)
    is_zero = pl.col("amount").cast(pl.Float64, strict=False) == 0
    left = pl.col("open_balance").cast(pl.Float64, strict=False)
    known = pl.when(left == 0).then(pl.lit("paid")).when(left.is_not_null()).then(pl.lit("open"))
    status = known.otherwise(pl.lit(PAYMENT_UNKNOWN))
    settled = pl.when(pl.lit(is_settled)).then(pl.lit("paid")).otherwise(status)
    return pl.when(pl.lit(is_void) & is_zero).then(pl.lit("void")).otherwise(settled).alias("status")


def _rejects() -> pl.Expr:
    """Rows whose own cells do not say what they are. A sale without a customer has no account to belong to."""
    no_type = pl.when(pl.col("kind").is_null()).then(pl.lit("Transaction Type is required and empty"))
    no_customer = pl.when(pl.col("_account_key").is_null() & pl.col(NOTE).is_null()).then(
        pl.lit("it stands in no customer's group and names no customer")
    )
    return pl.coalesce(REJECT, no_type, no_customer).alias(REJECT)


def _findings(file: _File, rows: pl.DataFrame, kinds: pl.Series) -> list[Finding]:
    found = []
    known = kinds.is_in((*_SALES, "none")).fill_null(True)
    types = file.cells("type")
    for value, count in types.filter(~known).value_counts().sort("type").iter_rows():
        message = (
            f"Transaction type '{value}' is not known: its rows are landed as no revenue. If they are, map the word "
            f"by a row of map_values: quickbooks,invoices,kind,{value},invoice (or credit_note)."
        )
        found.append(Finding("unknown_type", message, "invoices", "kind", value, count))
    active = rows.filter(pl.col(IS_ACTIVE))
    without = active.filter(pl.col("service_start").is_null() | pl.col("service_end").is_null()).height
    if without:
        message = f"{without} lines have no service period: what recurs among them counts as no recurring revenue."
        place = "service_date_covers" if file.cells("service_date").drop_nulls().len() else "service_period_pattern"
        message += f" Say under [sources.quickbooks] where it stands: {place} (see the docs)."
        found.append(Finding("no_service_period", message, "invoice_lines", "service_start", rows=without))
    if not file.has("open_balance") and not active.is_empty():
        message = "The report has no Open Balance: nothing is said of payment. Add the column for open invoices."
        found.append(Finding("no_payment", message, "invoices", "status", rows=active["invoice_id"].n_unique()))
    if not file.has("product") and not active.is_empty():
        message = (
            f"Documents have no lines and tax is in their amounts; each is one line of '{file.own.document_product}'."
        )
        found.append(Finding("no_lines", message, "invoice_lines", "product", rows=active.height))
    if file.report.unproved_copies:
        count = file.report.unproved_copies
        message = (
            f"{count} rows repeat another row and no total says whether they are repeats: they were landed as lines."
        )
        found.append(Finding("repeated_lines", message, "invoice_lines", rows=count))
    return found
