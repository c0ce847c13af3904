"""Rows of Xero's invoice export as lines and invoices in the template formats."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from pipelines.landing.connector import (
    IS_ACTIVE,
    LINE_NUMBER,
    NOTE,
    RAW,
    REJECT,
    Extract,
    Finding,
    Refused,
    SourceContext,
)
from pipelines.landing.connectors.xero import amounts
from pipelines.landing.kit import line_exports, service_periods, value_maps
from pipelines.landing.kit.line_exports import NAMED, PAYMENT_UNKNOWN, PERIOD, LineExportSettings
from pipelines.landing.kit.local_formats import DateStyle, date_style, days, decimal_mark, numbers
from pipelines.landing.kit.source_settings import Currency
from pipelines.landing.reading.dialects import Table

_VALUE_MAPS = Path(__file__).with_name("value_maps.csv")
_NUMBERS = {
    "line": "lineamount", "tax": "taxamount", "total": "total", "tax_total": "taxtotal", "quantity": "quantity",
    "unit": "unitamount", "discount": "discount",
}  # fmt: skip


class XeroSettings(LineExportSettings):
    """`default_currency`: of rows without one. `amounts_include_tax` is asked for only where totals do not tell."""

    default_currency: Currency | None = None
    amounts_include_tax: bool | None = None


def extracts(table: Table, columns: dict[str, str], own: XeroSettings, source: SourceContext) -> list[Extract]:
    """The lines and invoices of a table whose column for each plain header name is in `columns`."""
    file = _File(table, columns, own)
    kinds, kind_note, kind_findings = _kinds(file, source)
    periods = service_periods.found_in(
        file.text(own.service_period_column or "description"), own.service_period_pattern
    )
    style = date_style(
        [file.cells("invoicedate"), file.cells("duedate"), periods["start"], periods["end"]], own, "xero"
    )
    mark = decimal_mark([file.number(column) for column in _NUMBERS.values()], own.decimal, "xero")
    rows = pl.DataFrame(
        {
            "invoice_id": file.cells("invoicenumber"),
            "_account_key": file.cells("contactname"),
            "_account_name": file.cells("contactname"),
            "kind": kinds,
            "status": _statuses(file, source),
            "currency": _currencies(file),
            "issued_on": days(file.cells("invoicedate"), style),
            "due_on": days(file.cells("duedate"), style),
            **{name: numbers(file.number(column), mark) for name, column in _NUMBERS.items()},
            **_products(file, periods["rest"]),
            **{name: file.text(own.column_of[name]) for name in NAMED if name in own.column_of},
            NOTE: kind_note,
        }
    ).hstack(table.rows.select(LINE_NUMBER, RAW, REJECT))
    rows = rows.with_columns(_rejects(), **_service_days(file, own, periods, style))
    rows, without_amount = _with_line_amounts(rows, has_amounts="lineamount" in columns)
    rows, tax_findings = amounts.with_net_amounts(rows, own.amounts_include_tax)
    rows = _signed_kinds(rows, has_types="type" in columns)
    is_text = without_amount & rows[REJECT].is_null()
    rows = rows.with_columns(
        pl.when(is_text).then(pl.lit("a line of text, without an amount")).otherwise(NOTE).alias(NOTE)
    ).with_columns(pl.col(NOTE).is_null().alias(IS_ACTIVE))
    findings = [*kind_findings, *tax_findings, *_period_findings(rows, own)]
    if "status" not in columns:
        message = "The file has no Status: its invoices count as issued, and nothing is said of their payment."
        findings.append(Finding("no_status", message, "invoices", "Status", rows=rows.height))
    return line_exports.extracts(rows, findings)


class _File:
    """The table's columns by plain header name, trimmed; a column that is not there is empty."""

    def __init__(self, table: Table, columns: dict[str, str], own: XeroSettings) -> None:
        self._rows = table.rows
        self.columns = columns
        self.own = own

    def cells(self, name: str) -> pl.Series:
        column = self.columns.get(name)
        if column is None:
            return pl.Series(name, [None], dtype=pl.String).new_from_index(0, self._rows.height)
        return self._rows[column].str.strip_chars().replace("", None).alias(name)

    def number(self, name: str) -> pl.Series:
        """Some tools put an apostrophe before a sign, so that a spreadsheet does not take the cell for a formula."""
        return self.cells(name).str.strip_prefix("'")

    def text(self, name: str) -> pl.Series:
        """A column, or the options of the tracking category of that name. Raises Refused where there is neither."""
        wanted = name.strip().lower()
        if wanted in self.columns:
            return self.cells(wanted)
        found = pl.Series(name, [None], dtype=pl.String).new_from_index(0, self._rows.height)
        is_known = False
        for number in (1, 2):
            is_named = (self.cells(f"trackingname{number}").str.to_lowercase() == wanted).fill_null(False)
            is_known |= bool(is_named.any())
            found = found.zip_with(~is_named, self.cells(f"trackingoption{number}"))
        if not is_known and self._rows.height and wanted != "description" and "trackingname1" not in self.columns:
            raise Refused(
                f"The settings name '{name}', which is neither a column nor a tracking category of this file.",
                "Correct the name under [sources.xero] in tenure.toml, or export with tracking categories.",
            )
        return found


def _kinds(file: _File, source: SourceContext) -> tuple[pl.Series, pl.Series, list[Finding]]:
    """The kind of each row's document, and why its rows take no part: bills are not revenue."""
    types = file.cells("type")
    if "type" not in file.columns:
        none = types
        return pl.Series("kind", ["invoice"]).new_from_index(0, len(types)), none, []
    mapped = value_maps.apply(source.map_values, _VALUE_MAPS, "invoices", "kind", [types])
    frame = pl.DataFrame({"type": types, "kind": mapped})
    is_sale = pl.col("kind").is_in(["invoice", "credit_note"])
    takes_part = is_sale | pl.col("type").is_null()
    note = pl.when(~takes_part).then(pl.format("type '{}' is no sales document", "type"))
    unknown = frame.filter(~is_sale & (pl.col("kind") != "none"))
    found = []
    for value, count in unknown.group_by("type").len().sort("type").iter_rows():
        message = (
            f"Type '{value}' is not known: its rows are landed and take no part. If they are sales, map the word by a "
            f"row of map_values: xero,invoices,kind,{value},invoice (or credit_note; none, if they are not)."
        )
        found.append(Finding("unknown_type", message, "invoices", "kind", value, count))
    return mapped, frame.select(note.alias("note")).to_series(), found


def _statuses(file: _File, source: SourceContext) -> pl.Series:
    cells = file.cells("status")
    if "status" not in file.columns:
        return pl.Series("status", [PAYMENT_UNKNOWN]).new_from_index(0, len(cells))
    return value_maps.apply(source.map_values, _VALUE_MAPS, "invoices", "status", [cells])


def _currencies(file: _File) -> pl.Series:
    """The file's, else that of the settings. Raises Refused where there is neither."""
    cells = file.cells("currency").str.to_uppercase()
    if cells.null_count() and file.own.default_currency is None:
        raise Refused(
            "Nothing tells the currency of its amounts.",
            'Write default_currency = "GBP" (or another) under [sources.xero] in tenure.toml, or export the column '
            "Currency.",
        )
    return cells.fill_null(file.own.default_currency) if file.own.default_currency else cells


def _products(file: _File, description: pl.Series) -> dict[str, pl.Series]:
    """What a line sells: the item's code, the description (without a period in it, and as written), the account."""
    named = ["inventoryitemcode", "", "description", "accountcode"]
    cells = [file.cells(name) if name else description for name in named]
    frame = pl.DataFrame({f"c{position}": column for position, column in enumerate(cells)})
    lists = frame.select(pl.concat_list(pl.all()).list.drop_nulls().list.unique(maintain_order=True)).to_series()
    names = ("product", "_product_2", "_product_3", "_product_4")
    return {name: lists.list.get(position, null_on_oob=True) for position, name in enumerate(names)}


def _rejects() -> pl.Expr:
    names = {"invoice_id": "InvoiceNumber", "_account_key": "ContactName", "kind": "Type"}
    missing = [
        pl.when(pl.col(column).is_null()).then(pl.lit(f"{name} is required and empty"))
        for column, name in names.items()
    ]
    return pl.coalesce(REJECT, *missing).alias(REJECT)


def _service_days(file: _File, own: XeroSettings, periods: pl.DataFrame, style: DateStyle) -> dict[str, pl.Series]:
    """By the setting's columns where they are named, else by its pattern, else none."""
    if all(name in own.column_of for name in PERIOD):
        return {name: days(file.text(own.column_of[name]), style) for name in PERIOD}
    found = service_periods.service_days(periods, style)
    return {name: found[name] for name in found.columns}


def _with_line_amounts(rows: pl.DataFrame, has_amounts: bool) -> tuple[pl.DataFrame, pl.Series]:
    """The import template has no LineAmount: it is quantity x unit amount, less the discount in percent. Also whether a
    row has neither amount nor quantity."""
    is_text = (rows["line"].is_null() | (rows["line"].cast(pl.Float64, strict=False) == 0)) & rows["quantity"].is_null()
    if has_amounts:
        return rows, is_text
    computed = [_product(*cells) for cells in rows.select("quantity", "unit", "discount").iter_rows()]
    rows = rows.with_columns(pl.Series("line", computed, pl.String))
    return rows, rows["unit"].is_null() & rows["quantity"].is_null()


def _product(quantity: str | None, unit: str | None, discount: str | None) -> str | None:
    """The amount; what is no number comes back as it stands, so that the row is quarantined with it."""
    if quantity is None or unit is None:
        return None
    try:
        factor = 1 - Decimal((discount or "0").rstrip("% ")) / 100
        return amounts.half_up(Decimal(quantity) * Decimal(unit) * factor)
    except InvalidOperation:
        return f"{quantity} x {unit} less {discount or 0} %"


def _signed_kinds(rows: pl.DataFrame, has_types: bool) -> pl.DataFrame:
    """Without a type, an invoice that adds up to less than nothing is a credit note. Credit notes have no quantity: it
    is what was sold, not a number of units taken back."""
    if not has_types:
        kind = pl.when(pl.col("line_sum") < 0).then(pl.lit("credit_note")).otherwise("kind")
        rows = rows.with_columns(kind.alias("kind"))
    is_credit = pl.col("kind") == "credit_note"
    return rows.with_columns(pl.when(is_credit).then(None).otherwise("quantity").alias("quantity"))


def _period_findings(rows: pl.DataFrame, own: XeroSettings) -> list[Finding]:
    is_without = pl.col("service_start").is_null() | pl.col("service_end").is_null()
    without = rows.filter(is_without & pl.col(IS_ACTIVE) & pl.col(REJECT).is_null()).height
    if not without:
        return []
    message = (
        f"{without} lines have no service period: Xero exports none. What recurs among them counts as no recurring "
        "revenue until the period is supplied (service_period_pattern under [sources.xero], see the docs)."
        if own.service_period_pattern is None and not own.column_of
        else f"{without} lines have no service period in the place the settings name."
    )
    return [Finding("no_service_period", message, "invoice_lines", "service_start", rows=without)]
