"""Random small companies as template files, and an independent calculation of what their recurring lines come to.

The oracle is plain Python on Decimals and dates, written from the metric book (3. Revenue and ARR), not from the
models. Each company is made of its seed alone, and all its ids begin with it: many companies share one build without
meeting.
"""

import calendar
import csv
import datetime as dt
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

FIRST_DAY = dt.date(2023, 1, 1)
DAYS_OF_HISTORY = 1100
CURRENCIES = ["USD", "EUR", "GBP"]
PRODUCTS = {"Plan": "recurring", "Hours": "usage", "Fee": "one_off"}
CREDIT_REASONS = ["goodwill", "rate correction", "cancellation", "never heard of", ""]
CENT = Decimal("0.01")

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Line:
    """An invoice line as the oracle sees it: its period is filled in, its effect on ARR decided."""

    client_id: str
    currency: str
    kind: str
    amount: Decimal
    issued_on: dt.date
    start: dt.date
    end: dt.date


@dataclass
class Company:
    """Template rows by entity; the lines that count; whether all of it is billed in the reporting currency."""

    seed: int
    is_domestic: bool
    rows: Rows = field(default_factory=lambda: defaultdict(list))
    lines: list[Line] = field(default_factory=list)


def make_company(seed: int, reporting_currency: str) -> Company:
    """3 to 6 clients with children, merged accounts, handovers, lines of all types in several currencies, credits."""
    dice = random.Random(seed)
    company = Company(seed, is_domestic=dice.random() < 0.3)
    managers = [f"{seed}-am{number}" for number in range(dice.randint(1, 3))]
    for number in range(dice.randint(3, 6)):
        _add_client(company, dice, f"{seed}-c{number}", managers, reporting_currency)
    return company


def _add_client(
    company: Company, dice: random.Random, client: str, managers: list[str], reporting_currency: str
) -> None:
    domestic = [reporting_currency]
    currencies = domestic if company.is_domestic else dice.sample(CURRENCIES, dice.choice([1, 1, 1, 2]))
    accounts = [client]
    company.rows["accounts"].append(
        {
            "account_id": client,
            "name": client,
            "owner_id": dice.choice([*managers, ""]),
            "region": f"{company.seed}-region",
            "billing_currency": currencies[0],
        }
    )
    for number in range(dice.choice([0, 0, 1, 2])):
        link = dice.choice(["parent_account_id", "merged_into_account_id"])
        accounts.append(f"{client}-a{number}")
        company.rows["accounts"].append(
            {"account_id": accounts[-1], "name": accounts[-1], link: dice.choice(accounts[:-1])}
        )
    for number in range(dice.choice([0, 1, 2, 3])):
        # One in each third of the history, so that they are in order and never on one day.
        day = FIRST_DAY + dt.timedelta(days=(number * DAYS_OF_HISTORY + dice.randrange(DAYS_OF_HISTORY)) // 3)
        change = {"account_id": client, "changed_at": f"{day}T00:00:00Z", "owner_id": dice.choice(managers)}
        company.rows["owner_changes"].append(change)
    for number in range(dice.randint(1, 7)):
        _add_invoice(company, dice, f"{client}-i{number}", client, dice.choice(accounts), dice.choice(currencies))


def _add_invoice(company: Company, dice: random.Random, invoice: str, client: str, account: str, currency: str) -> None:
    product = dice.choice(["Plan", "Plan", "Plan", "Hours", "Fee"])
    start = FIRST_DAY + dt.timedelta(days=dice.randrange(DAYS_OF_HISTORY))
    if dice.random() < 0.5:
        start = start.replace(day=1)
    end = _period_end(dice, start)
    status = dice.choice(["paid", "open", "uncollectible", "paid", "open", "void", "draft"])
    amount = Decimal(dice.randint(1, 50_000_00)) / 100
    _write_invoice(company, invoice, account, "invoice", status, currency, start, "")
    cell = {"country": dice.choice(["US", "DE", ""]), "division": dice.choice(["a", "b", ""])}
    quantity = dice.choice(["", "1", "2.5", "40"])
    line = {
        "line_id": f"{invoice}-l",
        "invoice_id": invoice,
        "product": product,
        "amount": amount,
        "quantity": quantity,
    }
    company.rows["invoice_lines"].append({**line, **cell, "service_start": start, "service_end": end})
    if status not in ("void", "draft"):
        company.lines.append(Line(client, currency, PRODUCTS[product], amount, start, start, end))
    if dice.random() < 0.25:
        reason = dice.choice(CREDIT_REASONS)
        credit = -(amount * dice.randint(1, 120) / 100).quantize(CENT, ROUND_HALF_UP)
        issued_on = start + dt.timedelta(days=dice.randrange(200))
        _write_invoice(company, f"{invoice}-cn", account, "credit_note", "open", currency, issued_on, reason)
        credit_line = {"line_id": f"{invoice}-cl", "invoice_id": f"{invoice}-cn", "product": product, "amount": credit}
        company.rows["invoice_lines"].append({**credit_line, **cell, "credits_line_id": f"{invoice}-l"})
        kind = "one_off" if reason == "goodwill" else PRODUCTS[product]
        company.lines.append(Line(client, currency, kind, credit, issued_on, start, end))


def _write_invoice(
    company: Company, invoice: str, account: str, kind: str, status: str, currency: str, day: dt.date, reason: str
) -> None:
    company.rows["invoices"].append(
        {
            "invoice_id": invoice, "account_id": account, "kind": kind, "status": status, "currency": currency,
            "issued_on": day, "reason": reason,
        }
    )  # fmt: skip


def _period_end(dice: random.Random, start: dt.date) -> dt.date:
    """Whole months by some reading, or any number of days."""
    months = dice.choice([1, 1, 3, 12])
    whole = add_months(start, months) - dt.timedelta(days=1)
    return max(
        start, dice.choice([whole, whole, whole + dt.timedelta(days=1), start + dt.timedelta(days=dice.randrange(400))])
    )


# Files ---------------------------------------------------------------------------------------------------------------


def write_inbox(inbox: Path, companies: list[Company], rates: list[dict[str, Any]]) -> None:
    """One template file an entity, all companies in it."""
    inbox.mkdir(parents=True)
    tables: Rows = defaultdict(list, fx_rates=rates)
    tables["map_products"] = [{"product": name, "revenue_type": kind} for name, kind in PRODUCTS.items()]
    for company in companies:
        for entity, rows in company.rows.items():
            tables[entity] += rows
    for entity, rows in tables.items():
        path = inbox / f"{entity}.csv"
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        os.utime(path, (1e9, 1e9))  # an old file needs no second look, which takes time


def random_rates(seed: int, last_day: dt.date) -> list[dict[str, Any]]:
    """A rate of each currency for every month end and the day before the fiscal years, each a walk of its own."""
    dice = random.Random(seed)
    per_eur = {"USD": Decimal("1.10"), "GBP": Decimal("0.85")}
    rates = []
    for month in months_until(dt.date(FIRST_DAY.year - 1, 12, 1), last_day):
        for currency in per_eur:
            per_eur[currency] = (per_eur[currency] * Decimal(dice.randint(95, 105)) / 100).quantize(Decimal("0.0001"))
            rates.append({"date": month_end(month), "currency": currency, "per_eur": per_eur[currency]})
    return rates


# The oracle ----------------------------------------------------------------------------------------------------------


def add_months(day: dt.date, months: int) -> dt.date:
    """The day so many months later, clamped to the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_until(first: dt.date, last_day: dt.date) -> Iterator[dt.date]:
    """First days of the complete months from `first`'s to the last one that ends by `last_day`."""
    month = first.replace(day=1)
    while month_end(month) <= last_day:
        yield month
        month = add_months(month, 1)


def _is_whole(start: dt.date, after: dt.date, months: int) -> bool:
    clamped = add_months(start, months)
    if after == clamped:
        return True
    lacks_the_day = clamped.day < start.day
    if lacks_the_day and after == clamped + dt.timedelta(days=1):
        return True
    return start == month_end(start) and clamped <= after <= month_end(clamped)


def monthly_rate(line: Line) -> Decimal:
    """amount / length of the period in months, to 6 decimals; the length by any of the three readings, else w + r/d."""
    after = line.end + dt.timedelta(days=1)
    whole = [months for months in range(1, 60) if _is_whole(line.start, after, months)]
    if whole:
        parts, days = whole[0], 1
    else:
        w = max(months for months in range(60) if add_months(line.start, months) <= after)
        step, days_left = add_months(line.start, w), (after - add_months(line.start, w)).days
        days = (add_months(line.start, w + 1) - step).days
        parts = w * days + days_left
    return (line.amount * days / parts).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def recurring_arr(lines: list[Line], as_of: dt.date) -> dict[tuple[str, str, dt.date], Decimal]:
    """Recurring ARR by client, currency and month, only where a line is active on the month's last day."""
    arr: dict[tuple[str, str, dt.date], Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.kind == "recurring" and line.issued_on <= as_of:
            rate = monthly_rate(line)
            for month in months_until(line.start, min(line.end, as_of)):
                arr[line.client_id, line.currency, month] += 12 * rate
    return {key: value.quantize(CENT, ROUND_HALF_UP) for key, value in arr.items()}


def recognised_revenue(lines: list[Line], as_of: dt.date) -> dict[tuple[str, str], Decimal]:
    """Revenue by client and currency, recognised by day up to the latest complete month."""
    revenue: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    last_day = max((month_end(month) for month in months_until(FIRST_DAY, as_of)), default=FIRST_DAY)
    for line in lines:
        if line.issued_on > as_of:
            continue
        if line.end <= last_day:
            revenue[line.client_id, line.currency] += line.amount
            continue
        period = (line.end - line.start).days + 1
        for month in months_until(line.start, last_day):
            days = (month_end(month) - max(month, line.start)).days + 1
            revenue[line.client_id, line.currency] += (line.amount * days / period).quantize(CENT, ROUND_HALF_UP)
    return {key: value for key, value in revenue.items() if value}
