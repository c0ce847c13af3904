"""Writes warehouses by hand for the tests of the ledger: invoice lines in, and the marts that follow from them.

Every line is recurring and runs over whole months, so that a month's ARR is 12 x its monthly rates; retention is worked
out here in fractions, apart from the models and from the ledger.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from pipelines.release.restatements.sources import TABLES

JAN = dt.date(2024, 1, 1)
LAST = dt.date(2025, 3, 1)
WRITTEN: dict[str, bytes] = {}  # a company's file, once written: most tests begin with the same one


@dataclass(frozen=True)
class Line:
    """A recurring line; `monthly` in its currency, from the first day of `start` to the last of `end`."""

    key: str
    client: str
    monthly: str
    start: dt.date = JAN
    end: dt.date = dt.date(2025, 12, 1)
    invoice: str = ""
    kind: str = "invoice"
    currency: str = "USD"
    product: str = "Platform"
    revenue_type: str = "recurring"
    account: str = ""
    issued_on: dt.date = JAN

    def months(self) -> list[dt.date]:
        return [month for month in months_to(self.end) if month >= self.start]


@dataclass(frozen=True)
class Company:
    """What one release was made of. `owners`: client -> AM; `rates`: currency -> (constant currency, month end)."""

    lines: list[Line]
    owners: dict[str, str] = field(default_factory=dict)
    rates: dict[str, tuple[str, str]] = field(default_factory=lambda: {"USD": ("1", "1")})
    as_of: dt.date = dt.date(2025, 3, 31)
    baseline: dt.date = dt.date(2024, 12, 31)
    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def with_lines(self, *lines: Line, without: Iterable[str] = ()) -> "Company":
        """These lines too, and in place of those with the same keys."""
        gone = {line.key for line in lines} | set(without)
        return replace(self, lines=[*(line for line in self.lines if line.key not in gone), *lines])

    @property
    def last_month(self) -> dt.date:
        return self.as_of.replace(day=1)

    def balances(self) -> dict[tuple[str, dt.date, str], Decimal]:
        """(client, month, currency) -> local ARR above 0."""
        found: dict[tuple[str, dt.date, str], Decimal] = {}
        for line in self.lines:
            for month in line.months() if line.revenue_type == "recurring" else []:
                if month <= self.last_month:
                    key = (line.client, month, line.currency)
                    found[key] = found.get(key, Decimal(0)) + 12 * Decimal(line.monthly)
        return {key: value for key, value in found.items() if value > 0}


def months_to(last: dt.date) -> list[dt.date]:
    return [month for year in (2024, 2025) for n in range(1, 13) if (month := dt.date(year, n, 1)) <= last]


def later(month: dt.date, by: int) -> dt.date:
    place = month.year * 12 + month.month - 1 + by
    return dt.date(place // 12, place % 12 + 1, 1)


def write_warehouse(path: Path, company: Company) -> Path:
    """The file of a release: every table the ledger reads, and the policy of limits."""
    if repr(company) not in WRITTEN:
        _write(path, company)
        WRITTEN[repr(company)] = path.read_bytes()
    path.write_bytes(WRITTEN[repr(company)])
    return path


def _write(path: Path, company: Company) -> None:
    arr = _arr(company)
    rows: dict[str, list[tuple[Any, ...]]] = {
        "run": [(company.as_of, company.last_month, "USD", company.baseline, 1)],
        "arr": arr,
        "retention": _retention(company, arr),
        "owners": [(c, m, am) for c, am in company.owners.items() for m in months_to(company.last_month)],
        "cc_rates": [(currency, rate) for currency, (rate, _) in company.rates.items()],
        "month_rates": [
            (currency, month, rate) for currency, (_, rate) in company.rates.items() for month in months_to(LAST)
        ],
        "lines": [_line_row(line) for line in company.lines],
        "invoices": sorted({(line.invoice or line.key, "paid") for line in company.lines}),
        "cohorts": sorted({(c, m, k, company.owners.get(c)) for c, m, k, *_ in _cohorts(arr, company.last_month)}),
        **company.tables,
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute("begin")
        for name, (table, columns) in TABLES.items():
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            connection.execute(f"create table {table} ({', '.join(f'{c} {kind}' for c, kind in columns.items())})")
            if rows.get(name):
                marks = ", ".join(["(" + ", ".join("?" for _ in columns) + ")"] * len(rows[name]))
                connection.execute(f"insert into {table} values {marks}", [cell for row in rows[name] for cell in row])
        connection.execute(
            """create table policy.restatement_limits (metric varchar, segment varchar, closed_by varchar,
            limit_bp decimal(18, 6), severity varchar, valid_from date)"""
        )
        connection.execute(
            """insert into policy.restatement_limits values
            ('arr_cc', 'company', 'calendar', 100, 'block', '2000-01-01'),
            ('arr_cc', 'company', 'label', 10, 'block', '2000-01-01'),
            ('nrr_cc', 'company', 'calendar', 100, 'warn', '2000-01-01')"""
        )
        connection.execute("commit")


def _arr(company: Company) -> list[tuple[Any, ...]]:
    return [
        (
            *(client, month, currency, local),
            *(round(local * Decimal(rate), 2) for rate in company.rates[currency]),
            False,
        )
        for (client, month, currency), local in sorted(company.balances().items())
    ]


def _line_row(line: Line) -> tuple[Any, ...]:
    end = later(line.end, 1) - dt.timedelta(days=1)
    count = (line.end.year - line.start.year) * 12 + line.end.month - line.start.month + 1
    return (
        *(line.key, f"template:{line.invoice or line.key}", line.kind, line.issued_on, line.currency),
        *(line.account or line.client, line.client, line.product, line.revenue_type, None),
        *(Decimal(line.monthly) * count, line.start, end, line.start, end),
        *(Decimal(line.monthly) if line.revenue_type == "recurring" else None, "template"),
    )


def _cohorts(arr: list[tuple[Any, ...]], last: dt.date) -> list[tuple[Any, ...]]:
    """(client, month, window, start cc, end cc, start reported, end reported)."""
    sums: dict[tuple[str, dt.date], tuple[Decimal, Decimal]] = {}
    for client, month, _, _, cc, reported, _ in arr:
        had = sums.get((client, month), (Decimal(0), Decimal(0)))
        sums[client, month] = (had[0] + cc, had[1] + reported)
    none = (Decimal(0), Decimal(0))
    return [
        (client, end, k, start[0], sums.get((client, end), none)[0], start[1], sums.get((client, end), none)[1])
        for (client, month), start in sums.items()
        for k in (1, 3, 12)
        if start[0] > 0 and (end := later(month, k)) <= last
    ]


def _retention(company: Company, arr: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    groups: dict[tuple[dt.date, int, str, str], list[tuple[Any, ...]]] = {}
    for client, month, k, *ends in _cohorts(arr, company.last_month):
        for segment, value in (("company", "all"), ("am", company.owners.get(client, "unassigned"))):
            groups.setdefault((month, k, segment, value), []).append(tuple(ends))
    rows = []
    for key, ends in groups.items():
        start, end, start_r, end_r = (sum(column) for column in zip(*ends, strict=True))
        kept = sum(min(s, e) for s, e, _, _ in ends)
        kept_r = sum(min(s, e) for _, _, s, e in ends)
        lost = sum(e == 0 for _, e, _, _ in ends)
        rates = (end, start), (kept, start), (end_r, start_r), (kept_r, start_r), (lost, len(ends))
        rows.append((*key, len(ends), start, start_r, *(rounded(n, d) for n, d in rates)))
    return rows


def rounded(numerator: Any, denominator: Any) -> Decimal:
    """A ratio to 8 decimals, half away from zero (nothing here is negative)."""
    scaled = Fraction(numerator) / Fraction(denominator) * 10**8
    return (Decimal(scaled.numerator) / Decimal(scaled.denominator)).quantize(Decimal(1), ROUND_HALF_UP) / 10**8
