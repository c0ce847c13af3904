"""A QuickBooks report as its data rows, each with its customer. Everything else is layout, counted and checked.

A grouped report has an empty or a customer's cell in front: a heading opens a group, `Total for <customer>` closes it,
`TOTAL` ends the report. Groups may stand inside one another (sub-customers). Lists have no groups.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import polars as pl

from pipelines.landing.connector import Finding, IncomingFile, Refused
from pipelines.landing.kit.local_formats import decimal_mark, numbers
from pipelines.landing.kit.source_settings import DecimalMark
from pipelines.landing.reading.dialects import Table, decode
from pipelines.landing.reading.grids import GridRow, header_at, read_grid, table_of

# The names a column goes by in the two generations of reports, in the order in which they are looked for.
ALIASES: dict[str, tuple[str, ...]] = {
    "date": ("date", "transaction date"),
    "type": ("transaction type", "type"),
    "number": ("num", "no."),
    "customer": ("customer full name", "customer", "name"),
    "product": ("product/service full name", "product/service"),
    "memo": ("memo/description", "description", "memo"),
    "quantity": ("qty", "quantity"),
    "amount": ("amount",),
    "foreign_amount": ("foreign amount", "amount (foreign)", "foreign currency amount"),
    "currency": ("currency",),
    "due": ("due date",),
    "open_balance": ("open balance",),
    "account": ("account full name", "distribution account", "account"),
    "service_date": ("service date",),
}
_REQUIRED = ("date", "type", "number", "amount")
_TOTAL_FOR = re.compile(r"^total for (.+)$", re.IGNORECASE)
_WITH_SUBS = re.compile(r" with sub-?customers$", re.IGNORECASE)
_COUNT = re.compile(r" \(\d+\)$")
_BASIS = re.compile(r"\b(accrual|cash) basis\b", re.IGNORECASE)
_FOOTER_TIME = re.compile(r"([A-Z][a-z]+ \d{1,2}, \d{4} \d{1,2}:\d{2} [AP]M) GMT([+-]\d{1,2}:?\d{2})?")
_AGAIN = "Export the report again, whole, and put it here under the same name."


@dataclass
class Report:
    """`table`: the data rows; `customers`: the group of each, None in lists; `copies`: positions of identical rows that
    the totals do not count; `unproved_copies`: how many stand where no total decides. `decimal`: of all its numbers."""

    table: Table
    columns: dict[str, str]
    customers: list[str | None]
    decimal: DecimalMark = "point"
    copies: set[int] = field(default_factory=set)
    unproved_copies: int = 0
    exported_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass
class _Group:
    name: str  # as its heading has it
    customer: str
    rows: list[int] = field(default_factory=list)
    children: list[_Group] = field(default_factory=list)

    def all_rows(self) -> list[int]:
        return [*self.rows, *(row for child in self.children for row in child.all_rows())]


def first_rows(file: IncomingFile, size: int) -> Iterable[list[str]]:
    """The first rows' trimmed cells, for recognition; none where the bytes are no table."""
    if file.suffix == ".xlsx":
        if file.head(4) != b"PK\x03\x04":
            return []
        try:
            return [row.cells or [] for row in read_grid(file)[:12]]
        except Refused:
            return []
    lines = decode(file.head(size)).text.removeprefix("\ufeff").splitlines()[:14]
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines)]
    except csv.Error:
        return []


def is_header(cells: list[str]) -> bool:
    """Whether lower-cased cells are the header of a sales report, or of the list of sales transactions."""
    names = set(cells)
    if "transaction type" in names:
        return "num" in names and bool(names & set(ALIASES["date"]))
    return {"date", "type", "no.", "amount"} <= names and bool(names & set(ALIASES["customer"]))


def columns_of(header: list[str]) -> dict[str, str]:
    """The file's lower-cased column by the names used here."""
    names = [name.lower() for name in header]
    found = {key: next((name for name in aliases if name in names), None) for key, aliases in ALIASES.items()}
    return {key: name for key, name in found.items() if name is not None}


def read_report(file: IncomingFile, decimal: DecimalMark | None) -> Report:
    """The rows of a report. `decimal`: the setting, if there is one. Raises Refused where the report is cut off, lacks
    a column that no sale can do without, or has numbers that can be read in two ways."""
    rows = read_grid(file)
    at = header_at(rows, is_header)
    header = rows[at].cells or []
    columns = columns_of(header)
    if missing := [name for name in _REQUIRED if name not in columns]:
        names = ", ".join(ALIASES[name][0] for name in missing)
        raise Refused(
            f"The report lacks the columns {names}.", "Customise the report to show them and export it again."
        )
    return _Reader(header, columns, rows[at + 1 :], titles=at, decimal=decimal).read()


class _Reader:
    def __init__(
        self, header: list[str], columns: dict[str, str], rows: list[GridRow], titles: int, decimal: DecimalMark | None
    ) -> None:
        names = [name.lower() for name in header]
        self._header, self._columns, self._rows = header, columns, rows
        self._at = {key: names.index(name) for key, name in columns.items()}
        self._is_grouped = names[0] == "" or names[0] in ALIASES["customer"]
        self._layout = Counter({"title lines": titles})
        texts = pl.Series([row.cell(self._at["amount"]).removeprefix("'") for row in rows], dtype=pl.String)
        self._decimal = decimal_mark([texts], decimal, "quickbooks")
        self._amounts = [_decimal(text) for text in numbers(texts, self._decimal)]
        totals = {match.group(1) for row in rows if (match := _TOTAL_FOR.match(row.cell(0)))}
        self._totalled = {_WITH_SUBS.sub("", name) for name in totals} | totals
        self._data: list[int] = []
        self._customers: list[str | None] = []
        self._open: list[_Group] = []
        self._groups: list[_Group] = []
        self._findings: list[Finding] = []
        self._copies: set[int] = set()
        self._grand_total: int | None = None
        self._unchecked = 0
        self._basis: str | None = None
        self._exported_at: datetime | None = None

    def read(self) -> Report:
        for position, row in enumerate(self._rows):
            self._take(position, row)
        self._refuse_cut_off()
        self._check_grand_total()
        self._report_layout()
        table = table_of(self._header, [self._rows[position] for position in self._data])
        places = {position: place for place, position in enumerate(self._data)}
        copies = {places[position] for position in self._copies}
        is_summed = self._grand_total is not None and self._amounts[self._grand_total] is not None
        unproved = 0 if is_summed else len(self._repeats(self._data))
        return Report(
            table=table,
            columns=self._columns,
            customers=self._customers,
            decimal=self._decimal,
            copies=copies,
            unproved_copies=unproved,
            exported_at=self._exported_at,
            findings=self._findings,
        )

    @property
    def _has_totals(self) -> bool:
        return self._grand_total is not None

    def _take(self, position: int, row: GridRow) -> None:
        first = row.cell(0)
        if not self._may_be_layout(row):
            self._take_data(position, row)
        elif _BASIS.search(first) or (self._has_totals and len(row.filled) == 1):
            self._take_footer(first)
        elif match := _TOTAL_FOR.match(first):
            self._take_total(position, match.group(1))
        elif first.lower() == "total":
            self._grand_total = position
        elif self._is_grouped:
            self._open_group(first)
        else:
            self._take_data(position, row)

    def _may_be_layout(self, row: GridRow) -> bool:
        """Text in the first cell and none where every transaction has some. A list's first cell may be its date."""
        of_rows = [self._at[name] for name in ("date", "type", "number") if self._at[name] != 0]
        return bool(row.cell(0)) and not any(row.cell(position) for position in of_rows)

    def _take_data(self, position: int, row: GridRow) -> None:
        if self._has_totals:
            raise Refused(f"Line {row.line_number} goes on after the report's TOTAL.", "Put one report into each file.")
        self._data.append(position)
        own = row.cell(self._at["customer"]) if "customer" in self._at else ""
        self._customers.append(own or (self._open[-1].customer if self._open else None))
        if self._open:
            self._open[-1].rows.append(position)

    def _open_group(self, heading: str) -> None:
        self._layout["headings of customers"] += 1
        name = heading
        if name not in self._totalled and _COUNT.sub("", name) in self._totalled:
            name = _COUNT.sub("", name)  # the new layout counts a group's rows behind its name
        if not self._totalled:
            self._open.clear()  # without totals for customers there are no groups inside groups
        parent = self._open[-1] if self._open else None
        is_full = parent is None or name.startswith(f"{parent.customer}:")
        group = _Group(name, name if parent is None or is_full else f"{parent.customer}:{name}")
        (parent.children if parent else self._groups).append(group)
        self._open.append(group)

    def _take_total(self, position: int, written: str) -> None:
        self._layout["totals of customers"] += 1
        wanted = {written, _WITH_SUBS.sub("", written)}
        depth = next((depth for depth, group in enumerate(reversed(self._open)) if group.name in wanted), None)
        if depth is None:
            closed = next((group for group in self._groups if group.name in wanted), None)
            if closed is None:
                self._find("unmatched_total", f"'Total for {written}' belongs to no group of the report.", written)
            else:
                self._check(position, closed, written)
            return
        inner = self._open[len(self._open) - depth :]
        if inner:
            raise Refused(f"The group '{inner[-1].customer}' ends without its total line.", _AGAIN)
        group = self._open.pop()
        self._check(position, group, written)

    def _check(self, position: int, group: _Group, written: str) -> None:
        """A customer's total is of its own rows or of those of its sub-customers too: either may stand there."""
        total = self._amounts[position]
        if total is None:
            self._unchecked += 1
            return
        for rows in (group.rows, group.all_rows()):
            repeats = self._repeats(rows)
            if self._sum(rows) == total:
                return
            if repeats and self._sum(set(rows) - repeats) == total:
                self._copies |= repeats
                return
        self._differs(f"Total for {written}", total, self._sum(group.all_rows()))

    def _check_grand_total(self) -> None:
        if self._grand_total is None:
            return
        total = self._amounts[self._grand_total]
        if total is None:
            self._unchecked += 1
            return
        if not self._copies and self._sum(self._data) != total:
            repeats = self._repeats(self._data)
            if repeats and self._sum(set(self._data) - repeats) == total:
                self._copies = repeats
        counted = self._sum(set(self._data) - self._copies)
        if counted != total:
            self._differs("TOTAL", total, counted)

    def _refuse_cut_off(self) -> None:
        if not self._is_grouped or not self._data:
            return
        left_open = [group.customer for group in self._open if self._totalled]
        if left_open:
            raise Refused(f"The report is cut off: the group '{left_open[0]}' has no total line.", _AGAIN)
        if self._grand_total is None:
            raise Refused("The report is cut off: its line TOTAL is missing.", _AGAIN)

    def _repeats(self, rows: Iterable[int]) -> set[int]:
        """Positions of rows whose text stood before among these rows."""
        seen: set[str] = set()
        found = set()
        for position in sorted(rows):
            raw = self._rows[position].raw
            if raw in seen:
                found.add(position)
            seen.add(raw)
        return found

    def _sum(self, rows: Iterable[int]) -> Decimal:
        return sum((self._amounts[position] or Decimal(0) for position in rows), Decimal(0))

    def _differs(self, label: str, total: Decimal, counted: Decimal) -> None:
        message = (
            f"'{label}' is {total}, its rows add up to {counted}: they differ by {total - counted}. Rows are missing, "
            "doubled or cannot be read; export the report again."
        )
        self._find("total_differs", message, label)

    def _take_footer(self, text: str) -> None:
        self._layout["footer lines"] += 1
        if basis := _BASIS.search(text):
            self._basis = basis.group(1).lower()
        self._exported_at = _footer_time(text) or self._exported_at

    def _report_layout(self) -> None:
        self._layout["TOTAL lines"] += int(self._has_totals)
        counted = ", ".join(f"{count} {what}" for what, count in sorted(self._layout.items()) if count)
        self._find("layout_lines", f"Layout, no rows: {counted or 'none'}.", rows=sum(self._layout.values()))
        if self._unchecked:
            self._find(
                "totals_not_checked", f"{self._unchecked} total lines hold no amount to check.", rows=self._unchecked
            )
        if self._is_grouped and self._basis is None:
            message = "The report has no footer that names its basis: make sure that it is Accrual, not Cash."
            self._find("no_basis", message)
        if self._basis == "cash":
            message = (
                "The report is on cash basis: it holds what was paid, on the day of payment: revenue by month is not "
                "that of the invoices. Export it with the accounting method Accrual."
            )
            self._find("cash_basis", message, "Cash Basis", len(self._data))

    def _find(self, code: str, message: str, value: str | None = None, rows: int = 0) -> None:
        self._findings.append(Finding(code, message, "invoice_lines", None, value, rows))


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return None


def _footer_time(text: str) -> datetime | None:
    """The report's own time, UTC without a zone, out of `Wednesday, September 02, 2026 01:27 AM GMT-05:00`."""
    match = _FOOTER_TIME.search(text)
    if match is None:
        return None
    try:
        moment = datetime.strptime(f"{match.group(1)} {match.group(2) or '+00:00'}", "%B %d, %Y %I:%M %p %z")
    except ValueError:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None)
