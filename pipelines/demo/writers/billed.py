"""What all accounting systems of the demo write alike: who is billed under which name, numbers, texts of lines.

They know no service period and no account id; the period goes into the line's text, the customer is known by name.
"""

import datetime as dt
from dataclasses import dataclass

from pipelines.demo.billing import Invoice, Line
from pipelines.demo.company import Account
from pipelines.demo.simulate import World
from pipelines.demo.summary import Planted

# What the settings of the demo home say about the texts written here.
PERIOD_PATTERN = r"(?P<start>\d{4}-\d{2}-\d{2}) to (?P<end>\d{4}-\d{2}-\d{2})"


def _billed_invoices(world: World) -> list[Invoice]:
    """Invoices and credit notes of the company's billing system, by day."""
    mine = (invoice for invoice in world.invoices if invoice.channel == "stripe")
    return sorted(mine, key=lambda each: (each.issued_on, each.invoice_id))


class Customers:
    """The name each account is billed under: its own, or for some one that only a mapping can link."""

    def __init__(self, world: World) -> None:
        self._clients = {account.account_id: client for client in world.company.clients for account in client.accounts}
        self.to_map: dict[str, str] = {}

    def name(self, account: Account) -> str:
        """The billing name; remembered in `to_map` (account id by name) where no account of the CRM has it."""
        client = self._clients.get(account.account_id)
        if client is None or account.stripe_link != "map":
            return account.name
        name = f"{client.name.split(' ')[0]} Group Accounts Payable {account.account_id[9:15]}"
        self.to_map[name] = account.account_id
        return name


@dataclass
class Books:
    """What an accounting system exports: (file name, invoices) a year, with the mess planted into the newest file."""

    files: list[tuple[str, list[Invoice]]]
    newest: str
    customers: Customers
    credited: dict[int, Line]
    planted: list[Planted]


def books(world: World, stem: str, has_drafts: bool) -> Books:
    """The company's invoices, one export a year; `credited` are all lines by id, for the lines of credit notes."""
    from pipelines.demo import mess

    invoices, newest = _billed_invoices(world), f"{stem}_{world.timeline.end.year}.csv"
    odd, planted = mess.in_accounting(world, newest, has_drafts)
    credited = {line.line_id: line for invoice in invoices for line in invoice.lines}
    years = sorted({invoice.issued_on.year for invoice in [*invoices, *odd]})
    files = [
        (f"{stem}_{year}.csv", [each for each in [*invoices, *odd] if each.issued_on.year == year]) for year in years
    ]
    return Books(files, newest, Customers(world), credited, planted)


def number_of(invoice: Invoice) -> str:
    """The number printed on the document."""
    prefix = "CN" if invoice.kind == "credit_note" else "TS"
    return f"{prefix}-{invoice.invoice_id:07d}"


def text_of(invoice: Invoice, line: Line, credited: dict[int, Line]) -> str:
    """A line's text: what it is and, in words a pattern can read, the period it is for. Goodwill is for no period."""
    period = credited.get(line.credits or 0, line)
    kind = "Goodwill for " if invoice.reason == "goodwill" else "Change of " if line.is_proration else ""
    words = f"{kind}{line.offer.product}"
    if period.start is None or period.end is None or invoice.reason == "goodwill":
        return words
    return f"{words}, {period.start} to {period.end}"


def is_credit(invoice: Invoice) -> bool:
    """Accounting systems write what adds up to less than nothing as a credit note."""
    return invoice.kind == "credit_note" or invoice.total < 0


def decimal_text(hundredths: int, places: int = 2) -> str:
    """Whole hundredths as a plain decimal."""
    sign, digits = "-" if hundredths < 0 else "", abs(hundredths)
    return f"{sign}{digits // 100}.{digits % 100:02d}{'0' * (places - 2)}"


def local_day(day: dt.date | None, layout: str) -> str:
    """A day in an organisation's format; empty for none."""
    return "" if day is None else day.strftime(layout)
