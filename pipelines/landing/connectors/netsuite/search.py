"""Rows of a transaction saved search as lines and invoices in the template formats.

Each transaction has a main line (`*`) and its lines, and both hold its amount: only the lines are taken as money, the
main line gives the facts of the invoice.
"""

from __future__ import annotations

from decimal import Decimal
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
from pipelines.landing.connectors.netsuite.amounts import with_signs_and_repeats
from pipelines.landing.connectors.netsuite.settings import USUAL_LABELS, NetSuiteSettings
from pipelines.landing.drift import missing_columns
from pipelines.landing.kit import line_exports, value_maps
from pipelines.landing.kit.line_exports import NAMED, PAYMENT_UNKNOWN
from pipelines.landing.kit.local_formats import date_style, days, decimal_mark, numbers
from pipelines.landing.kit.source_settings import DecimalMark
from pipelines.landing.reading.dialects import Table

_VALUE_MAPS = Path(__file__).with_name("value_maps.csv")
_NONE = "- None -"
_NUMBERS = ("amount", "foreign_amount", "quantity")
_DATES = ("issued_on", "due_on", "paid_on", "service_start", "service_end")
# Of an invoice: they hold for all its rows, and its main line knows them best.
_FACTS = ("kind", "status", "issued_on", "due_on", "paid_on", "_account_key", "_account_name", "currency")
_NUMBERED = r"^([A-Za-z]{0,6}[-_]?\d+)\s+(\S.*)$"
_MAIN_NOTE = "main line of its transaction: the lines carry the money"
_TAX_NOTE = "tax line"
_TRUE = ("t", "true", "yes", "y", "1")


def extracts(table: Table, own: NetSuiteSettings, source: SourceContext) -> list[Extract]:
    """The lines and invoices of a search's table."""
    file = _File(table, own)
    _refuse_without(file, table)
    mark = decimal_mark([file.cells(name) for name in _NUMBERS], own.decimal, "netsuite")
    file, findings = _without_totals(file, mark)
    style = date_style([file.cells(name) for name in _DATES], own, "netsuite")
    amount, currency = _money(file, own)
    kinds, kind_note, kind_findings = _kinds(file, source)
    names, keys = _customers(file, own)
    rows = pl.DataFrame(
        {
            "invoice_id": file.cells("invoice_id").fill_null(file.cells("document_number")),
            "kind": kinds,
            "status": _statuses(file, source),
            "currency": currency,
            **{name: days(file.cells(name), style) for name in _DATES},
            "_account_key": keys,
            "_account_name": names,
            **_products(file),
            "quantity": numbers(file.cells("quantity"), mark),
            "amount": numbers(amount.str.strip_prefix("'"), mark),
            **{name: file.cells(name) for name in NAMED},
            "line_key": file.cells("line_id"),
            "is_main": file.is_main,
            "is_tax": file.is_tax,
            NOTE: kind_note,
        }
    ).hstack(file.rows.select(LINE_NUMBER, RAW, REJECT))
    _refuse_main_lines_alone(rows)
    rows = _with_facts_of_main_lines(rows)
    note = pl.coalesce(NOTE, pl.when("is_main").then(pl.lit(_MAIN_NOTE)), pl.when("is_tax").then(pl.lit(_TAX_NOTE)))
    without_id = pl.when(pl.col("invoice_id").is_null()).then(pl.lit("it has neither an internal id nor a number"))
    is_credit = pl.col("kind") == "credit_note"
    rows = rows.with_columns(
        note.alias(NOTE),
        note.is_null().alias(IS_ACTIVE),
        pl.coalesce(REJECT, without_id).alias(REJECT),
        pl.when(is_credit).then(None).otherwise("quantity").alias("quantity"),
    )
    rows, money_findings = with_signs_and_repeats(rows)
    findings += [*kind_findings, *money_findings, *_gaps(file, rows)]
    return line_exports.extracts(rows, findings)


class _File:
    """The search's columns by canonical name, trimmed; empty where it has none, as are cells of `- None -`."""

    def __init__(self, table: Table, own: NetSuiteSettings, rows: pl.DataFrame | None = None) -> None:
        self.table = table
        self.rows = table.rows if rows is None else rows
        self.own = own
        self.columns = {name: column for name in USUAL_LABELS if (column := self._column(name))}

    def _column(self, name: str) -> str | None:
        """The column under its label: the company's, which must be there, or the first usual one that is."""
        if name in self.own.columns:
            label = self.own.columns[name].strip().lower()
            if label not in self.table.columns:
                do = "Add it to the search, or correct the label under [sources.netsuite] in tenure.toml."
                what = f"This NetSuite search (columns.{name} in the settings)"
                raise missing_columns([self.own.columns[name]], self.table.header, what, do) or Refused(what, do)
            return label
        return next((label for label in USUAL_LABELS[name] if label in self.table.columns), None)

    def cells(self, name: str) -> pl.Series:
        column = self.columns.get(name)
        if column is None:
            return pl.Series(name, [None], dtype=pl.String).new_from_index(0, self.rows.height)
        cells = self.rows[column].str.strip_chars()
        return cells.set(cells.is_in(["", _NONE]), None).alias(name)

    @property
    def is_main(self) -> pl.Series:
        return (self.rows["*"].str.strip_chars() == "*").fill_null(False)

    @property
    def is_tax(self) -> pl.Series:
        is_marked = self.cells("tax_line").str.to_lowercase().is_in(_TRUE).fill_null(False)
        accounts = self.cells("account").str.to_lowercase().fill_null("")
        for start in self.own.tax_accounts:
            is_marked = is_marked | accounts.str.starts_with(start.strip().lower())
        return is_marked & ~self.is_main


def _refuse_without(file: _File, table: Table) -> None:
    """Raises Refused where a column is missing that nothing else can stand in for."""
    wanted = {
        "Internal ID": ("invoice_id", "document_number"), "Type": ("type",), "Date": ("issued_on",),
        "Name": ("name", "account_key"), "Amount": ("amount", "foreign_amount"),
    }  # fmt: skip
    missing = [label for label, names in wanted.items() if not any(name in file.columns for name in names)]
    known = [label for labels in USUAL_LABELS.values() for label in labels]
    do = "Add it to the search's results, or name its label as columns.<name> under [sources.netsuite] in tenure.toml."
    if refusal := missing_columns(missing, table.header, "This NetSuite search", do, known):
        raise refusal


def _refuse_main_lines_alone(rows: pl.DataFrame) -> None:
    is_sale = pl.col("kind").is_in(["invoice", "credit_note"]) & pl.col(REJECT).is_null()
    sales = rows.filter(is_sale)
    if not sales.is_empty() and sales["is_main"].all():
        raise Refused(
            "It holds main lines only: totals with tax in them, without items and periods.",
            "Take the criterion Main Line out of the saved search, so that it shows lines too, and export it again.",
        )


def _without_totals(file: _File, mark: DecimalMark) -> tuple[_File, list[Finding]]:
    """Totals of summary searches are layout: rows without type and date, of which a cell says Total."""
    named = [file.cells(name) for name in ("type", "issued_on")]
    is_nameless = pl.DataFrame(named).select(pl.all_horizontal(pl.all().is_null())).to_series()
    cells = file.rows.select(pl.exclude(LINE_NUMBER, RAW, REJECT))
    starts = cells.select(pl.any_horizontal(pl.all().str.to_lowercase().str.contains(r"^\s*(?:overall )?total\b")))
    says_total = starts.to_series().fill_null(False)
    is_total = is_nameless & says_total & file.rows[REJECT].is_null()
    if not is_total.any():
        return file, []
    kept = _File(file.table, file.own, file.rows.filter(~is_total))
    found = [Finding("rows_by_rule", f"{is_total.sum()} rows of totals were left out", rows=int(is_total.sum()))]
    column = "amount" if "amount" in file.columns else "foreign_amount"
    totals, amounts = (numbers(each.cells(column), mark) for each in (file, kept))
    total = totals.filter(is_total).cast(pl.Decimal(38, 6), strict=False).drop_nulls()
    summed = amounts.cast(pl.Decimal(38, 6), strict=False).sum() or Decimal(0)
    if len(total) and total[-1] != summed:
        message = f"the last total of the file is {total[-1]:.2f}, its rows add up to {summed:.2f}"
        found.append(Finding("total_differs", message, "invoice_lines", "Amount"))
    return kept, found


def _money(file: _File, own: NetSuiteSettings) -> tuple[pl.Series, pl.Series]:
    """Amounts and their currency: the transaction's own where the search has both, else the base currency."""
    if "foreign_amount" in file.columns and "currency" in file.columns:
        return file.cells("foreign_amount"), file.cells("currency").str.to_uppercase()
    if "amount" not in file.columns or own.base_currency is None:
        raise Refused(
            "Nothing tells the currency of its amounts: Amount is in the base currency of the company.",
            'Add "Amount (Foreign Currency)" and "Currency" to the search, or write base_currency = "USD" (or another) '
            "under [sources.netsuite] in tenure.toml.",
        )
    return file.cells("amount"), pl.Series([own.base_currency], dtype=pl.String).new_from_index(0, file.rows.height)


def _kinds(file: _File, source: SourceContext) -> tuple[pl.Series, pl.Series, list[Finding]]:
    """The kind of each row's document, and why its rows take no part where they are no sale."""
    types = file.cells("type")
    kinds = value_maps.apply(source.map_values, _VALUE_MAPS, "invoices", "kind", [types])
    frame = pl.DataFrame({"type": types, "kind": kinds})
    is_sale = pl.col("kind").is_in(["invoice", "credit_note"])
    note = pl.when(~is_sale).then(pl.format("type '{}' is no sales document", "type"))
    found = []
    unknown = frame.filter(~is_sale & (pl.col("kind") != "none"))
    for value, count in unknown.group_by("type").len().sort("type").iter_rows():
        message = (
            f"Type '{value}' is not known: its rows are landed and take no part. If they are sales, map the word by a "
            f"row of map_values: netsuite,invoices,kind,{value},invoice (or credit_note; none, if they are not)."
        )
        found.append(Finding("unknown_type", message, "invoices", "kind", value, count))
    return kinds, frame.select(note.alias(NOTE)).to_series(), found


def _statuses(file: _File, source: SourceContext) -> pl.Series:
    """`Invoice : Paid In Full`, or the words behind the colon."""
    cells = file.cells("status")
    if "status" not in file.columns:
        return pl.Series("status", [PAYMENT_UNKNOWN]).new_from_index(0, len(cells))
    behind = cells.str.split(":").list.last().str.strip_chars()
    return value_maps.apply(source.map_values, _VALUE_MAPS, "invoices", "status", [cells, behind])


def _customers(file: _File, own: NetSuiteSettings) -> tuple[pl.Series, pl.Series]:
    """(names, keys): a name is the number, a space and the company; of `Parent : Child` one, where a setting tells."""
    written = file.cells("name")
    if own.sub_customer_account is not None:
        position = 0 if own.sub_customer_account == "parent" else -1
        written = written.str.split(" : ").list.get(position).str.strip_chars()
    is_numbered = own.has_numbered_names
    if is_numbered is None:
        is_numbered = bool(written.drop_nulls().str.contains(_NUMBERED).all()) and written.null_count() < len(written)
    number, name = (written.str.extract(_NUMBERED, group) for group in (1, 2))
    keys = file.cells("account_key").fill_null(number if is_numbered else written).fill_null(written)
    return name.fill_null(written) if is_numbered else written, keys


def _products(file: _File) -> dict[str, pl.Series]:
    """What a line sells: the item, the memo, the account; the first one is its product."""
    account = file.cells("account").str.split(" : ").list.last()
    frame = pl.DataFrame([file.cells("product"), file.cells("memo"), account.alias("account")])
    lists = frame.select(pl.concat_list(pl.all()).list.drop_nulls().list.unique(maintain_order=True)).to_series()
    names = ("product", "_product_2", "_product_3")
    return {name: lists.list.get(position, null_on_oob=True) for position, name in enumerate(names)}


def _with_facts_of_main_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row with its main line's facts, where there is one: a line's own name may be that of a project."""
    readable = pl.col(REJECT).is_null() & pl.col("invoice_id").is_not_null()
    mains = rows.filter(readable & pl.col("is_main")).unique(["invoice_id", "kind"], keep="first", maintain_order=True)
    facts = mains.select(
        "invoice_id", "kind", *(pl.col(name).alias(f"main_{name}") for name in _FACTS if name != "kind")
    )
    joined = rows.join(facts, on=["invoice_id", "kind"], how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce(f"main_{name}", name).alias(name) for name in _FACTS if name != "kind"
    ).select(rows.columns)


def _gaps(file: _File, rows: pl.DataFrame) -> list[Finding]:
    """What the search leaves out."""
    found = []
    lines = rows.filter(pl.col(IS_ACTIVE) & pl.col(REJECT).is_null())
    without = lines.filter(pl.col("service_start").is_null() | pl.col("service_end").is_null()).height
    if without:
        message = (
            f"{without} lines have no service period: what recurs among them counts as no recurring revenue. Add "
            "Rev. Rec. Start Date and Rev. Rec. End Date to the search (or name your columns.service_start)."
        )
        found.append(Finding("no_service_period", message, "invoice_lines", "service_start", rows=without))
    if "status" not in file.columns:
        message = "The search has no Status: its invoices count as issued, and nothing is said of their payment."
        found.append(Finding("no_status", message, "invoices", "Status", rows=rows.height))
    if "tax_line" not in file.columns and not file.own.tax_accounts and lines.height:
        message = (
            "Nothing tells tax lines from others: add the column Tax Line to the search, the criterion Tax Line = No, "
            "or write tax_accounts under [sources.netsuite]."
        )
        found.append(Finding("tax_lines_unknown", message, "invoice_lines", rows=lines.height))
    return found
