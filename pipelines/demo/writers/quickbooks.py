"""QuickBooks Online's `Sales by Customer Detail`, one report a year, with the columns of a company of many currencies.

Lost on the way, as the report has no place for it: drafts, the day of payment, why a credit memo was given and for
which invoice, and two of the four dimensions (there are classes and locations).
"""

import csv
import datetime as dt
from itertools import groupby
from pathlib import Path

from pipelines.demo.billing import Invoice, Line
from pipelines.demo.writers.billed import (
    PERIOD_PATTERN,
    Customers,
    decimal_text,
    is_credit,
    local_day,
    number_of,
    text_of,
)

SETTINGS = f"""
[sources.quickbooks]
home_currency = "USD"
date_order = "mdy"
service_period_pattern = '{PERIOD_PATTERN}'

[sources.quickbooks.columns]
division = "Class"
country = "Location"
"""

_COLUMNS = (
    ",Date,Transaction Type,Num,Product/Service,Memo/Description,Qty,Sales Price,Amount,Balance,Due Date,Open Balance,"
    "Currency,Exchange Rate,Foreign Amount,Class,Location"
)
HEADER = _COLUMNS.split(",")
_AMOUNT, _BALANCE = HEADER.index("Amount"), HEADER.index("Balance")
_DAY = "%m/%d/%Y"


def write_report(path: Path, invoices: list[Invoice], customers: Customers, credited: dict[int, Line]) -> int:
    """One year's report: titles, customers with their totals, TOTAL, footer. Gives the number of its data rows."""
    named = sorted(((customers.name(invoice.account), invoice) for invoice in invoices), key=lambda pair: pair[0])
    year = invoices[0].issued_on.year
    last = max(invoice.issued_on for invoice in invoices)
    rows, grand_total = 0, 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([["Sales by Customer Detail"], ["Talent Services Inc"], [f"January - December {year}"], []])
        writer.writerow(HEADER)
        for name, group in groupby(named, key=lambda pair: pair[0]):
            writer.writerow([name, *[""] * (len(HEADER) - 1)])
            balance = 0
            for _, invoice in group:
                for line in invoice.lines:
                    balance += _home_amount(invoice, line)
                    writer.writerow(_row(invoice, line, balance, credited))
                    rows += 1
            writer.writerow(_total(f"Total for {name}", balance))
            grand_total += balance
        writer.writerows([_total("TOTAL", grand_total), [], [_footer(last)]])
    return rows


def _row(invoice: Invoice, line: Line, balance: int, credited: dict[int, Line]) -> list[str]:
    is_void = invoice.status == "void"
    amount = 0 if is_void else line.amount
    home = _home_amount(invoice, line)
    is_open = invoice.status in ("open", "uncollectible") and not is_credit(invoice)
    return [
        "",
        local_day(invoice.issued_on, _DAY),
        "Credit Memo" if is_credit(invoice) else "Invoice",
        number_of(invoice),
        line.offer.product,
        "Voided" if is_void else text_of(invoice, line, credited),
        str(line.quantity),
        _money(round(home / line.quantity)),
        _money(home),
        _money(balance),
        local_day(invoice.due_on, _DAY),
        _money(home if is_open else 0),
        invoice.currency,
        f"{_rate(invoice):.6f}",
        _money(amount),
        line.offer.division,
        line.country,
    ]


def _rate(invoice: Invoice) -> float:
    return 1 / invoice.account.place.per_usd if invoice.currency == invoice.account.place.currency else 1.0


def _home_amount(invoice: Invoice, line: Line) -> int:
    """Hundredths of the home currency, the US dollar; nothing is left of a voided invoice."""
    if invoice.status == "void":
        return 0
    return line.amount if invoice.currency == "USD" else round(line.amount * _rate(invoice))


def _total(label: str, hundredths: int) -> list[str]:
    cells = [label, *[""] * (len(HEADER) - 1)]
    cells[_AMOUNT] = f"${_money(hundredths)}" if hundredths >= 0 else f"-${_money(-hundredths)}"
    return cells


def _money(hundredths: int) -> str:
    """Thousands are grouped by commas."""
    whole, _, cents = decimal_text(abs(hundredths)).partition(".")
    return f"{'-' if hundredths < 0 else ''}{int(whole):,}.{cents}"


def _footer(last: dt.date) -> str:
    return f"Accrual Basis {last + dt.timedelta(days=1):%A, %B %d, %Y} 07:30 AM GMT+00:00"
