"""The quarantine of a release as causes: rows that one correction would heal together, with the money they hold.

Rows of a customer that no account is known for are one cause, the lines of its invoices included; all other rows belong
together where their reasons differ only in the value that was refused.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.serving.release import Release

_QUOTED = re.compile(r"'[^']*'")
_BILLING = ("invoices", "invoice_lines")


@dataclass(frozen=True)
class Customer:
    """A customer of a billing, survey, ticket or recruiting system that no account is known for."""

    source: str
    key: str
    name: str | None


@dataclass
class Cause:
    """Rows with one cause. `reason` and `where` (file:line) are those of the first row.

    `money`: net amounts by currency ('' = not known which), of the lines whose amount is known; `amount_cc` the same in
    the reporting currency at baseline rates, None where no amount or no rate is known. `unknown_rows`: billing rows
    whose amount cannot be told, because it is the amount (or the file's layout) that could not be read.
    """

    source: str
    reason: str
    where: str
    customer: Customer | None = None
    rows: Counter[str] = field(default_factory=Counter)
    money: dict[str, Decimal] = field(default_factory=dict)
    amount_cc: Decimal | None = None
    unknown_rows: int = 0

    @property
    def row_count(self) -> int:
        return self.rows.total()

    @property
    def urgency(self) -> tuple[Any, ...]:
        """Sorts the most money first, then money that is not known, then the most rows."""
        known = [abs(amount) for amount in self.money.values()]
        amount = max(known, default=Decimal(0)) if self.amount_cc is None else abs(self.amount_cc)
        return (-amount, -self.unknown_rows, -self.row_count, self.source, self.reason)


@dataclass(frozen=True)
class _Row:
    """A row of ops.quarantine; `landed` are its typed columns where it was landed, {} where landing refused it."""

    source: str
    entity: str
    where: str
    reason: str
    load_seq: int
    landed: Mapping[str, Any]

    @property
    def document(self) -> tuple[str, str]:
        return self.source, str(self.landed.get("invoice_id"))


def causes_of(release: Release) -> list[Cause]:
    """The causes of a release's quarantine, the most money first."""
    found = release.connection.execute(
        "select source, entity, file_name, line_number, reason, load_seq, refused_by, raw from ops.quarantine"
        " order by file_name, line_number, entity, reason, load_seq"
    ).fetchall()
    rates = dict(release.connection.execute("select currency, rate from intermediate.int_fx_rates__cc").fetchall())
    rows = [_row(*values) for values in found]
    return sorted(_grouped(rows, rates), key=lambda cause: cause.urgency)


def _row(
    source: str, entity: str, file: str, line: int, reason: str, load_seq: int | None, refused_by: str, raw: str
) -> _Row:
    landed = json.loads(raw, parse_float=Decimal) if refused_by == "reference" else {}
    return _Row(source, entity, f"{file}:{line}", reason, load_seq or 0, landed)


def _grouped(rows: list[_Row], rates: Mapping[str, Decimal | None]) -> Iterable[Cause]:
    """Causes in the order of their first rows."""
    invoices = {row.document: row for row in sorted(_landed(rows, "invoices"), key=lambda row: row.load_seq)}
    causes: dict[tuple[Any, ...], Cause] = {}
    documents: dict[tuple[Any, ...], set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        # A line waits for its invoice: what heals the invoice heals the line.
        root = invoices.get(row.document, row) if row.entity == "invoice_lines" else row
        customer = _customer(root)
        key: tuple[Any, ...] = ("customer", customer.source, customer.key) if customer else _likeness(root)
        cause = causes.setdefault(key, Cause(root.source, root.reason, root.where, customer))
        cause.rows[row.entity] += 1
        if row.entity in _BILLING and row.landed:
            documents[key].add(row.document)
        elif row.entity in _BILLING:
            cause.unknown_rows += 1
    lines = _lines_by_document(rows)
    for key, found in documents.items():
        for document in sorted(found):
            _add_money(causes[key], lines.get(document, []), invoices.get(document))
        causes[key].amount_cc = _in_reporting_currency(causes[key].money, rates)
    return causes.values()


def _landed(rows: Iterable[_Row], entity: str) -> list[_Row]:
    return [row for row in rows if row.entity == entity and row.landed]


def _customer(row: _Row) -> Customer | None:
    key, name = row.landed.get("_account_key"), row.landed.get("_account_name")
    return Customer(row.source, key, name) if key and row.entity != "map_accounts" else None


def _likeness(row: _Row) -> tuple[Any, ...]:
    """Missing accounts are causes of their own, as each arrives by itself; other values are all of a kind."""
    reason = row.reason if row.landed and row.entity != "invoice_lines" else _QUOTED.sub("'…'", row.reason)
    entity = None if row.landed else row.entity
    return "reason", row.source, entity, reason


def _lines_by_document(rows: Iterable[_Row]) -> dict[tuple[str, str], list[_Row]]:
    """The present lines of each invoice: the newest version of a line, or of a whole document's lines."""
    by_document: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in _landed(rows, "invoice_lines"):
        by_document[row.document].append(row)
    present = {}
    for document, versions in by_document.items():
        versions.sort(key=lambda row: row.load_seq)
        if versions[0].landed.get("_is_document"):
            versions = [row for row in versions if row.load_seq == versions[-1].load_seq]
        present[document] = list({row.landed["line_id"]: row for row in versions}.values())
    return present


def _add_money(cause: Cause, lines: list[_Row], invoice: _Row | None) -> None:
    amounts = [line.landed["amount"] for line in lines if line.landed.get("amount") is not None]
    if not amounts:
        cause.unknown_rows += 1
        return
    currency = str(invoice.landed.get("currency") or "") if invoice else ""
    cause.money[currency] = cause.money.get(currency, Decimal(0)) + sum(map(Decimal, amounts))


def _in_reporting_currency(money: Mapping[str, Decimal], rates: Mapping[str, Decimal | None]) -> Decimal | None:
    """The sum at baseline rates, in cents; None where a currency has no rate."""
    used = {currency: rates.get(currency) for currency in money}
    if not money or any(rate is None for rate in used.values()):
        return None
    total = sum((amount * (used[currency] or 0) for currency, amount in money.items()), Decimal(0))
    return total.quantize(Decimal("0.01"))
