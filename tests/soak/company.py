"""A small company that bills every day, and the truth about every row it ever wrote."""

import csv
import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

FIRST_NIGHT = dt.date(2025, 6, 1)
CLIENTS = 6
PRODUCTS = ("Platform", "Support")
INVOICES = ("invoice_id", "account_id", "kind", "status", "currency", "issued_on", "due_on", "paid_on")
LINES = ("line_id", "invoice_id", "product", "amount", "service_start", "service_end")
Row = tuple[object, ...]


@dataclass
class Company:
    """Writes files into an inbox. `files`: every file as it ended; `rows`: what the accounting must come to.

    Files are named by their night: a home that is given all of them at once lands them in the order of the nights.
    """

    dice: random.Random
    files: dict[str, str] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    billed: list[Row] = field(default_factory=list)
    late: dict[str, list[Row]] = field(default_factory=dict)

    def begin(self, inbox: Path) -> None:
        """Master data and two years of invoices."""
        accounts: list[Row] = [
            (f"c{n}", f"Client {n}", "am1", ("Health", "Retail")[n % 2], ("US", "DE")[n % 2], "USD", "2023-01-01")
            for n in range(CLIENTS)
        ]
        heads = ("account_id", "name", "owner_id", "industry", "country", "billing_currency", "created_on")
        self._write(inbox, "accounts", heads, accounts)
        self._write(inbox, "users", ("user_id", "name", "is_active"), [("am1", "Ann Manager", "true")])
        self._write(inbox, "map_products", ("product", "revenue_type"), [(name, "recurring") for name in PRODUCTS])
        first = [(client, dt.date(year, 1, 1)) for client in range(CLIENTS) for year in (2023, 2024, 2025)]
        self._bill(inbox, "n00", [self._invoice(f"n00-{client}-{day.year}", client, day) for client, day in first])

    def bill(self, inbox: Path, night: int) -> None:
        """The day's new invoices."""
        day = FIRST_NIGHT + dt.timedelta(days=night - 1)
        made = [
            self._invoice(f"n{night:02}-{number}", self._client(), day) for number in range(self.dice.randint(1, 3))
        ]
        self._bill(inbox, f"n{night:02}", made)

    def bill_late(self, night: int) -> None:
        """Invoices whose files do not come tonight."""
        day = FIRST_NIGHT + dt.timedelta(days=night - 1)
        self.late[f"n{night:02}late"] = [self._invoice(f"n{night:02}-late", self._client(), day)]

    def deliver_late(self, inbox: Path) -> None:
        """What was late comes now."""
        for name, invoices in self.late.items():
            self._bill(inbox, name, invoices, may_change=False)
        self.late = {}

    def change(self, inbox: Path, night: int) -> None:
        """An old invoice is void now, another was billed wrongly: both are sent again."""
        void, other = self.dice.sample(self.billed, 2)
        self._bill(inbox, f"n{night:02}x", [(*void[:3], "void", *void[4:]), other], may_change=False, factor=2)

    def repeat(self, inbox: Path, night: int) -> None:
        """A file in which each row stands twice."""
        row = self._invoice(f"n{night:02}-twice", self._client(), FIRST_NIGHT)
        self._bill(inbox, f"n{night:02}twice", [row, row], may_change=False, duplicates=1)

    def soil(self, inbox: Path, night: int) -> None:
        """A file with an amount that is none."""
        row = self._invoice(f"n{night:02}-dirty", self._client(), FIRST_NIGHT)
        self._bill(inbox, f"n{night:02}dirty", [row], may_change=False)
        name = f"invoice_lines_n{night:02}dirtier"
        self._write(
            inbox, name, LINES, [(f"l-{night}-x", row[0], PRODUCTS[0], "twelve", row[5], row[5])], quarantined=1
        )

    def _client(self) -> int:
        return self.dice.randrange(CLIENTS)

    def _invoice(self, key: str, client: int, day: dt.date) -> Row:
        due = day + dt.timedelta(days=30)
        return (f"i-{key}", f"c{client}", "invoice", self.dice.choice(["paid", "open"]), "USD", day, due, "")

    def _bill(
        self, inbox: Path, name: str, invoices: list[Row], may_change: bool = True, duplicates: int = 0, factor: int = 1
    ) -> None:
        """An invoice file and that of its lines. A line's amount follows from its invoice's id, times `factor`."""
        lines: list[Row] = []
        for invoice in invoices:
            key, day = str(invoice[0]), invoice[5]
            assert isinstance(day, dt.date)
            end = day + dt.timedelta(days=364)
            amount = f"{random.Random(key).randrange(100_00, 9_000_00) * factor / 100:.2f}"
            lines.append((f"l{key}", key, random.Random(key).choice(PRODUCTS), amount, day, end))
        self._write(inbox, f"invoices_{name}", INVOICES, invoices, duplicates)
        self._write(inbox, f"invoice_lines_{name}", LINES, lines, duplicates)
        self.billed += invoices if may_change else []

    def _write(
        self, inbox: Path, stem: str, heads: tuple[str, ...], rows: list[Row], duplicates: int = 0, quarantined: int = 0
    ) -> None:
        path = inbox / f"{stem}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([heads, *rows])
        self.files[path.name] = path.read_text("utf-8")
        self.rows["read"] += len(rows)
        self.rows["duplicate"] += duplicates
        self.rows["quarantined"] += quarantined
        self.rows["landed"] += len(rows) - duplicates - quarantined
