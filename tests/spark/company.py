"""A company for the equality of engines: the demo's life in every metric, and invoice lines rich in edges.

Edges: negative amounts and credit notes, leap days, month ends, periods of a day, empty cells, keys in many scripts,
gaps after which clients come back, children and merged accounts, a circle of parents, amounts that halve a cent.
"""

import csv
import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.demo import write_demo

AS_OF = dt.date(2026, 10, 31)
DEMO_CLIENTS = 25
CLIENTS = 110
INVOICES_A_CLIENT = 100
FIRST_DAY = dt.date(2022, 11, 1)
# Month ends, leap days, the days around them and around changes of the clock.
EDGE_DAYS = [
    "2023-01-31",
    "2024-02-28",
    "2024-02-29",
    "2024-03-31",
    "2024-10-27",
    "2024-12-31",
    "2025-02-28",
    "2026-03-29",
]
KEYS = [
    "Ünïcødé",
    "Ελληνικά",
    "客户",
    "عميل",
    "клиент",
    "e\u0301tude",
    "étude",
    "İstanbul",
    "ẞharp",
    'o\'neil "q"',
    "🙂",
    "a b",
]
CURRENCIES = ["USD", "EUR", "GBP", "JPY"]
PRODUCTS = {"Plan": "recurring", "Hours ✓": "usage", "Fee": "one_off"}
AMOUNTS = ["0.01", "0.05", "0.00", "-0.01", "33.33", "1000.01", "99999.99", "123456789.01", "-250.50", "7.77"]


def write_company(inbox: Path) -> None:
    """The exports of the whole company; the same bytes every time."""
    inbox.mkdir(parents=True)
    write_demo(inbox, AS_OF, 7, DEMO_CLIENTS)
    dice = random.Random(20240229)
    rows: dict[str, list[dict[str, Any]]] = {"accounts": [], "invoices": [], "invoice_lines": []}
    for number in range(CLIENTS):
        _add_client(rows, dice, f"{KEYS[number % len(KEYS)]}-{number}", number)
    rows["map_products"] = [{"product": name, "revenue_type": kind} for name, kind in PRODUCTS.items()]
    for entity, found in rows.items():
        columns = list(dict.fromkeys(column for row in found for column in row))
        with (inbox / f"{entity}_edges.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)


def _add_client(rows: dict[str, list[dict[str, Any]]], dice: random.Random, client: str, number: int) -> None:
    links = {1: {"parent_account_id": client}, 2: {"parent_account_id": "nobody"}}.get(number % 9, {})
    account = {
        "account_id": client,
        "name": client,
        "country": dice.choice(["US", "DE", ""]),
        "region": dice.choice(["EMEA", ""]),
    }
    rows["accounts"].append({**account, "billing_currency": dice.choice([*CURRENCIES, ""]), **links})
    rows["accounts"].append({"account_id": f"{client}/child", "name": f"{client} child", "parent_account_id": client})
    rows["accounts"].append(
        {"account_id": f"{client}/old", "name": client, "merged_into_account_id": f"{client}/child"}
    )
    accounts = [client, f"{client}/child", f"{client}/old"]
    currency = dice.choice(CURRENCIES)
    for at, day in enumerate(_days(dice)):
        _add_invoice(rows, dice, f"{client}:{at}", dice.choice(accounts), currency, day)


def _days(dice: random.Random) -> Iterator[dt.date]:
    """Days of invoices: a third of them edges, and a gap of some months in which the client is lost."""
    lost_from = FIRST_DAY + dt.timedelta(days=dice.randrange(200, 900))
    for _ in range(INVOICES_A_CLIENT):
        day = FIRST_DAY + dt.timedelta(days=dice.randrange(1400))
        if dice.random() < 0.3:
            day = dt.date.fromisoformat(dice.choice(EDGE_DAYS))
        if not lost_from <= day <= lost_from + dt.timedelta(days=240):
            yield day


def _add_invoice(
    rows: dict[str, list[dict[str, Any]]], dice: random.Random, invoice: str, account: str, currency: str, day: dt.date
) -> None:
    rows["invoices"].append({
        "invoice_id": invoice, "account_id": account, "kind": "invoice", "currency": currency,
        "status": dice.choice(["paid", "paid", "open", "void"]),
        "issued_on": day, "due_on": dice.choice([day + dt.timedelta(days=30), ""]),
        "paid_on": dice.choice([day + dt.timedelta(days=dice.randrange(90)), ""]),
    })  # fmt: skip
    for number in range(2):
        line = f"{invoice}/{number}"
        _add_line(rows, dice, line, invoice, dice.choice(list(PRODUCTS)), day)
        if dice.random() < 0.15:
            _add_credit(rows, dice, line, invoice, account, currency, day)


def _add_line(
    rows: dict[str, list[dict[str, Any]]], dice: random.Random, line: str, invoice: str, product: str, day: dt.date
) -> None:
    days = dice.choice([0, 27, 28, 29, 30, 89, 364, 365, dice.randrange(500)])
    cents = dice.randrange(1, 5_000_000)
    has_period = dice.random() < 0.9
    rows["invoice_lines"].append({
        "line_id": line, "invoice_id": invoice, "product": product,
        "amount": dice.choice([*AMOUNTS, *[f"{cents // 100}.{cents % 100:02}"] * 20]),
        "quantity": dice.choice(["", "1", "2.5", "0.333333"]),
        "service_start": day if has_period else "", "service_end": day + dt.timedelta(days=days) if has_period else "",
        "division": dice.choice(["a", "β", ""]), "country": dice.choice(["US", "DE", ""]),
        "service_line": dice.choice(["x", ""]),
        "job_family": dice.choice(["", "工程"]), "cost": dice.choice(["", "5.55"]),
    })  # fmt: skip


def _add_credit(
    rows: dict[str, list[dict[str, Any]]],
    dice: random.Random,
    line: str,
    invoice: str,
    account: str,
    currency: str,
    day: dt.date,
) -> None:
    issued_on = day + dt.timedelta(days=dice.randrange(60))
    reason = dice.choice(["goodwill", "rate correction", "cancellation", "never heard of", ""])
    rows["invoices"].append({
        "invoice_id": f"{line}-cn", "account_id": account, "kind": "credit_note", "status": "open",
        "currency": currency, "issued_on": issued_on, "credits_invoice_id": invoice, "reason": reason,
    })  # fmt: skip
    amount = f"-{dice.randrange(1, 900)}.{dice.randrange(100):02}"
    credit = {"line_id": f"{line}-cl", "invoice_id": f"{line}-cn", "product": "Plan", "amount": amount}
    rows["invoice_lines"].append({**credit, "credits_line_id": line})
