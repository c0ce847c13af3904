"""Invoices and credit notes as the agreements bring them about, with their lines, service periods and payments.

A line's amount is in whole hundredths of the invoice's currency. `service_end` is inclusive. What a billing system
calls these things, and how it writes them, is in `writers`.
"""

import datetime as dt
from dataclasses import dataclass, field

from pipelines.demo import vocabulary as words
from pipelines.demo.company import Account, Client
from pipelines.demo.dice import Dice
from pipelines.demo.lifecycle import Story
from pipelines.demo.revenue import Agreement, Portfolio
from pipelines.demo.timeline import Timeline
from pipelines.demo.vocabulary import Offer

_DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class Line:
    """An invoice line; of a credit note where `credits` names the line it takes back."""

    line_id: int
    offer: Offer
    quantity: int
    amount: int
    start: dt.date | None = None
    end: dt.date | None = None
    country: str = ""
    job_family: str = ""
    agreement: int | None = None
    is_proration: bool = False
    credits: int | None = None
    cost: int = 0


@dataclass(slots=True)
class Invoice:
    """An invoice or credit note. `channel` is the system that bills it: stripe, or the advisory division's own book."""

    invoice_id: int
    channel: str
    account: Account
    currency: str
    issued_on: dt.date
    due_on: dt.date | None
    lines: list[Line]
    kind: str = "invoice"
    status: str = "open"
    paid_on: dt.date | None = None
    in_collections: bool = False
    credits: int | None = None
    reason: str = ""

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(slots=True)
class _Book:
    """Collects lines into invoices: those of one account, channel and day go onto one."""

    client: Client
    timeline: Timeline
    drafts: dict[tuple[str, str, dt.date], list[tuple[Account, Line]]] = field(default_factory=dict)
    lines: int = 0

    def put(self, account: Account, issued_on: dt.date, line: Line) -> None:
        if issued_on <= self.timeline.end:
            channel = "template" if line.offer.division == "Advisory" else "stripe"
            self.drafts.setdefault((channel, account.account_id, issued_on), []).append((account, line))

    def line_id(self) -> int:
        self.lines += 1
        return self.client.number * 10_000 + self.lines


def bill(client: Client, story: Story, portfolio: Portfolio, timeline: Timeline, seed: int) -> list[Invoice]:
    """All invoices and credit notes of a client, oldest first, as they stand at the end of the timeline."""
    dice = Dice(seed, "billing", client.number)
    book = _Book(client, timeline)
    for agreement in portfolio.agreements:
        if agreement.offer.revenue_type == "usage":
            _bill_usage(dice, book, agreement)
        else:
            _bill_recurring(dice, book, agreement)
    _bill_one_offs(dice, book, story, portfolio)
    invoices = [
        Invoice(client.number * 1_000 + position, channel, pairs[0][0], pairs[0][0].place.currency, day, None, lines)
        for position, ((channel, _, day), pairs) in enumerate(
            sorted(book.drafts.items(), key=lambda item: item[0][::-1])
        )
        if (lines := [line for _, line in pairs])
    ]
    _move_to_merged_record(client, invoices)
    for invoice in invoices:
        _pay(dice, client, story, invoice, timeline)
    return invoices + _credit_notes(dice, book, story, invoices)


def _billing_day(client: Client) -> int:
    return 1 + client.number % 4


def _bill_recurring(dice: Dice, book: _Book, agreement: Agreement) -> None:
    """In advance, a term at a time; a change or an end within a term gives a proration pair, or its negative half."""
    timeline, month, length = book.timeline, agreement.starts, agreement.first_term
    stop = timeline.months if agreement.ends is None else agreement.ends
    while month < min(stop, timeline.months):
        quantity, price = agreement.state(month)
        issued_on = timeline.day(month, _billing_day(book.client))
        _put_term(book, agreement, issued_on, quantity, quantity * price * length, (month, month + length))
        for change, new_quantity, new_price in agreement.states:
            if month < change < min(month + length, stop):
                unused = (change, month + length)
                months = month + length - change
                when = timeline.day(change, _billing_day(book.client))
                _put_term(book, agreement, when, quantity, -quantity * price * months, unused, is_proration=True)
                quantity, price = new_quantity, new_price
                _put_term(book, agreement, when, quantity, quantity * price * months, unused, is_proration=True)
        if month < stop < month + length and stop < timeline.months:
            refund = -quantity * price * (month + length - stop)
            when = timeline.day(stop, _billing_day(book.client))
            _put_term(book, agreement, when, quantity, refund, (stop, month + length), is_proration=True)
        if length == 1 and dice.chance(0.5):
            _upgrade_within_month(dice, book, agreement, month + 1)
        month, length = month + length, agreement.term


def _put_term(
    book: _Book,
    agreement: Agreement,
    issued_on: dt.date,
    quantity: int,
    amount: int,
    months: tuple[int, int],
    *,
    is_proration: bool = False,
) -> None:
    start, end = book.timeline.first_day(months[0]), book.timeline.first_day(months[1]) - _DAY
    _put(book, agreement, issued_on, quantity, amount, start, end, is_proration)


def _put(
    book: _Book,
    agreement: Agreement,
    issued_on: dt.date,
    quantity: int,
    amount: int,
    start: dt.date,
    end: dt.date,
    is_proration: bool = False,
) -> None:
    line = Line(
        book.line_id(),
        agreement.offer,
        quantity,
        amount,
        start,
        end,
        agreement.country,
        agreement.job_family,
        agreement.number,
        is_proration,
        cost=amount * (54 + agreement.number % 23) // 100,
    )
    book.put(agreement.account, issued_on, line)


def _upgrade_within_month(dice: Dice, book: _Book, agreement: Agreement, month: int) -> None:
    """Some larger orders begin days before the month they are agreed for, as a proration pair to the month's end."""
    changes = [state for state in agreement.states if state[0] == month and state[0] > agreement.starts]
    if not changes or agreement.monthly(month) <= agreement.monthly(month - 1):
        return
    timeline = book.timeline
    day = timeline.day(month - 1, dice.whole(9, 24))
    last = timeline.last_day(month - 1)
    left, length = last.day - day.day + 1, last.day
    step = 100 if agreement.account.place.currency == "JPY" else 1
    for when, sign in ((month - 1, -1), (month, 1)):
        quantity, price = agreement.state(when)
        amount = sign * (quantity * price * left // (length * step)) * step
        _put(book, agreement, day, quantity, amount, day, last, is_proration=True)


def _bill_usage(dice: Dice, book: _Book, agreement: Agreement) -> None:
    """In arrears: by month on its last day or early in the next one; a few clients by the week."""
    timeline = book.timeline
    stop = timeline.months if agreement.ends is None else min(agreement.ends, timeline.months)
    if book.client.number % 70 == 33:
        _bill_weeks(book, agreement, stop)
        return
    # Either with the close of the month, or on the same invoice as the next month's fees.
    days_after = 0 if book.client.number % 3 else _billing_day(book.client)
    for month in range(agreement.starts, stop):
        quantity, price = agreement.state(month)
        # A sheet of hours that turns up late: the sort of invoice that changes a closed month.
        delay = 45 if dice.chance(0.006) else days_after
        issued_on = timeline.last_day(month) + delay * _DAY
        _put(
            book, agreement, issued_on, quantity, quantity * price, timeline.first_day(month), timeline.last_day(month)
        )


def _bill_weeks(book: _Book, agreement: Agreement, stop: int) -> None:
    monday = book.timeline.first_day(agreement.starts)
    monday += (7 - monday.weekday()) % 7 * _DAY
    end = book.timeline.first_day(stop)
    while monday + 6 * _DAY < end:
        quantity, price = agreement.state(book.timeline.month_of(monday))
        hours = quantity // 4
        _put(book, agreement, monday + 9 * _DAY, hours, hours * price, monday, monday + 6 * _DAY)
        monday += 7 * _DAY


def _bill_one_offs(dice: Dice, book: _Book, story: Story, portfolio: Portfolio) -> None:
    """Set-up at the start, placement fees and workshops along the way: revenue, but never ARR."""
    timeline, client = book.timeline, book.client
    if client.joined:
        _put_one_off(book, client.main, timeline.day(client.joined, 12), words.SET_UP, 1)
    for month in range(client.joined, timeline.months):
        if not story.is_active(month):
            continue
        fees = 0.12 if client.kind == "managed" else 0.30
        if dice.chance(fees * (0.3 + 0.7 * story.health[month])):
            _put_one_off(book, client.main, timeline.day(month, dice.whole(8, 26)), words.PLACEMENT_FEE, 1)
        if client.number % 4 == 1 and dice.chance(0.08):
            _put_one_off(book, client.main, timeline.day(month, dice.whole(8, 26)), words.WORKSHOP, dice.whole(1, 2))
        if client.number % 60 == 2 and timeline.first_day(month).month == 3:
            _put_one_off(book, client.main, timeline.day(month, 20), words.CAREER_FAIR, 1)


def _put_one_off(book: _Book, account: Account, issued_on: dt.date, offer: Offer, quantity: int) -> None:
    size = 0.35 if book.client.size < 60_000 else 1.0
    amount = int(offer.price * size * account.place.per_usd / 50 + 0.5) * 5_000 * quantity
    cost = amount * 61 // 100
    book.put(
        account, issued_on, Line(book.line_id(), offer, quantity, amount, country=account.place.country, cost=cost)
    )


def _move_to_merged_record(client: Client, invoices: list[Invoice]) -> None:
    """The first invoices of a client that was entered twice stand on the record later merged away."""
    duplicate = next((account for account in client.accounts if account.merged_into), None)
    if duplicate:
        for invoice in [each for each in invoices if each.account is client.main][:3]:
            invoice.account = duplicate


def _pay(dice: Dice, client: Client, story: Story, invoice: Invoice, timeline: Timeline) -> None:
    """Sets due date, payment and status. Content clients pay as agreed; unhappy ones let invoices lie."""
    month = min(max(timeline.month_of(invoice.issued_on), 0), timeline.last)
    health = story.health[month]
    grief = max(0.0, 0.72 - health)
    by_card = client.pays_by_card and invoice.channel == "stripe"
    invoice.due_on = invoice.issued_on + (14 if client.pays_by_card else 30) * _DAY
    days = dice.whole(1, 9) if client.pays_by_card else dice.whole(16, 29)
    days += int(grief * dice.between(35, 105) * (0.7 if by_card else 1.0))
    has_left = not story.is_active(month)
    leaving = next((move for move in reversed(story.moves) if move.kind == "churn"), None)
    if leaving and leaving.reason in ("Non-payment", "Insolvency") and 0 <= leaving.month - month <= 2:
        invoice.status, invoice.in_collections = "uncollectible", invoice.channel == "template"
        return
    paid_on = invoice.issued_on + (days + (20 if has_left else 0)) * _DAY
    if paid_on <= timeline.end:
        invoice.status, invoice.paid_on = "paid", paid_on
    # Collections works through the advisory division's own book only; Stripe knows no such flag.
    is_overdue = timeline.end > invoice.due_on and grief > 0.2
    invoice.in_collections = invoice.channel == "template" and invoice.status == "open" and is_overdue


def _credit_notes(dice: Dice, book: _Book, story: Story, invoices: list[Invoice]) -> list[Invoice]:
    """Rate corrections and goodwill on parts of a line, and full cancellations of lines billed twice."""
    notes: list[Invoice] = []
    number = book.client.number * 1_000 + 900
    for invoice in invoices:
        line = invoice.lines[0]
        if line.amount <= 0 or line.is_proration or len(notes) >= 4:
            continue
        health = story.health[min(max(book.timeline.month_of(invoice.issued_on), 0), book.timeline.last)]
        if health < 0.45 and dice.chance(0.05):
            reason, part = "goodwill", dice.between(0.03, 0.10)
        elif line.offer.revenue_type == "usage" and dice.chance(0.003):
            reason, part = "rate_correction", dice.between(0.02, 0.05)
        elif line.offer.revenue_type == "one_off" and dice.chance(0.015):
            reason, part = "cancellation", 1.0
        else:
            continue
        issued_on = invoice.issued_on + dice.whole(6, 25) * _DAY
        if issued_on > book.timeline.end:
            continue
        amount = -line.amount if part == 1.0 else -int(line.amount * part / 100) * 100
        credit = Line(book.line_id(), line.offer, 1, amount, country=line.country, credits=line.line_id)
        credit.job_family = line.job_family
        notes.append(
            Invoice(
                number + len(notes),
                invoice.channel,
                invoice.account,
                invoice.currency,
                issued_on,
                None,
                [credit],
                kind="credit_note",
                status="paid",
                credits=invoice.invoice_id,
                reason=reason,
            )
        )
    return notes
