"""What each client has bought: agreements whose quantity and price change as its story goes.

Invoices made of them are in `billing`. Amounts are whole hundredths of the agreement's currency.
"""

from dataclasses import dataclass, field

from pipelines.demo import vocabulary as words
from pipelines.demo.company import Account, Client
from pipelines.demo.dice import Dice
from pipelines.demo.lifecycle import Move, Story
from pipelines.demo.timeline import Timeline
from pipelines.demo.vocabulary import HOURS_A_MONTH, Offer


@dataclass(slots=True)
class Agreement:
    """One product sold to one account. `states` are (from month, quantity, hundredths a month and unit), in order.

    For usage the unit is an hour: its quantity is the hours of a month. `ends` is the first month without it.
    """

    number: int
    offer: Offer
    account: Account
    country: str
    job_family: str
    term: int  # months billed at once
    first_term: int
    starts: int
    states: list[tuple[int, int, int]]
    ends: int | None = None

    def state(self, month: int) -> tuple[int, int]:
        """Quantity and unit price in force in the month."""
        quantity, price = self.states[0][1:]
        for start, new_quantity, new_price in self.states:
            if start > month:
                break
            quantity, price = new_quantity, new_price
        return quantity, price

    def monthly(self, month: int) -> int:
        """Hundredths billed for the month; 0 outside its life."""
        if month < self.starts or (self.ends is not None and month >= self.ends):
            return 0
        quantity, price = self.state(month)
        return quantity * price

    def change(self, month: int, quantity: int, price: int) -> None:
        self.states = [state for state in self.states if state[0] != month] + [(month, quantity, price)]


@dataclass(slots=True)
class Portfolio:
    """A client's agreements, past and present."""

    agreements: list[Agreement] = field(default_factory=list)

    def active(self, month: int) -> list[Agreement]:
        return [each for each in self.agreements if each.monthly(month)]

    def annual_usd(self, month: int) -> float:
        """Twelve times the month, at the simulation's fixed price level, in US dollars."""
        return sum(each.monthly(month) * 0.12 / each.account.place.per_usd for each in self.agreements)


_OFFERS_BY_KIND = {
    "managed": ((words.MANAGED_RECRUITING, 3), (words.VENDOR_MANAGEMENT, 2), (words.TALENT_PLATFORM, 2)),
    "staffing": ((words.CONTRACT_STAFFING, 5), (words.PAYROLLING, 2)),
    "hybrid": ((words.CONTRACT_STAFFING, 4), (words.MANAGED_RECRUITING, 3), (words.VENDOR_MANAGEMENT, 2)),
}
_TERMS = {
    "Managed recruiting": ((1, 0.7), (3, 0.3)),
    "Vendor management": ((1, 0.6), (3, 0.4)),
    "Talent platform": ((12, 0.75), (3, 0.25)),
    "Advisory retainer": ((3, 0.8), (12, 0.2)),
}


def build_portfolio(client: Client, story: Story, timeline: Timeline, seed: int) -> Portfolio:
    """The agreements that bring the client's story about."""
    dice = Dice(seed, "revenue", client.number)
    portfolio = Portfolio()
    _open(dice, client, portfolio, client.joined, client.size)
    moves = {move.month: move for move in story.moves}
    for month in range(client.joined + 1, timeline.months):
        move = moves.get(month)
        if move:
            _apply(dice, client, portfolio, move)
        elif (month - client.joined) % 12 == 0 and story.is_active(month) and story.health[month] > 0.6:
            _raise_prices(dice, portfolio, month)
    return portfolio


def _open(dice: Dice, client: Client, portfolio: Portfolio, month: int, annual: float) -> None:
    """The first agreements: most of the business in the kind's own products, an advisory retainer for some."""
    offers = _OFFERS_BY_KIND[client.kind]
    wanted = 1 if annual < 60_000 else 2 if annual < 400_000 else 3
    chosen: list[Offer] = []
    for _ in range(wanted):
        chosen.append(dice.weighted([pair for pair in offers if pair[0] not in chosen] or list(offers)))
    if client.number % 4 == 1 and annual >= 60_000:
        chosen[-1] = words.ADVISORY_RETAINER
    shares = [dice.between(0.6, 1.4) for _ in chosen]
    for offer, share in zip(chosen, shares, strict=True):
        _add(dice, client, portfolio, offer, month, annual * share / sum(shares))


def _add(dice: Dice, client: Client, portfolio: Portfolio, offer: Offer, month: int, annual: float) -> None:
    live_accounts = [account for account in client.accounts if not account.merged_into]
    account = live_accounts[len(portfolio.agreements) % len(live_accounts)]
    per_usd = account.place.per_usd
    if offer.revenue_type == "usage":
        heads = max(1, int(annual / 12 / (offer.price * HOURS_A_MONTH) + 0.5))
        quantity, term = heads * HOURS_A_MONTH, 1
    else:
        quantity, term = max(1, int(annual / 12 / offer.price + 0.5)), dice.weighted(_TERMS[offer.product])
    # Yen have no hundredths: their prices are whole.
    step = 100 if account.place.currency == "JPY" else 5
    price = max(step, int(annual / 12 * per_usd * 100 / quantity / step + 0.5) * step)
    is_founding = client.joined == 0 and month == 0
    first_term = dice.whole(1, term) if is_founding and term > 1 else term
    portfolio.agreements.append(
        Agreement(
            number=client.number * 40 + len(portfolio.agreements),
            offer=offer,
            account=account,
            country=account.place.country,
            job_family=dice.pick(words.JOB_FAMILIES) if offer.revenue_type == "usage" else "",
            term=term,
            first_term=first_term,
            starts=month,
            states=[(month, quantity, price)],
        )
    )


def _apply(dice: Dice, client: Client, portfolio: Portfolio, move: Move) -> None:
    active = portfolio.active(move.month)
    if move.kind == "churn":
        for agreement in active:
            agreement.ends = move.month
    elif move.kind == "return":
        _open(dice, client, portfolio, move.month, client.size * move.share)
    elif move.kind == "expansion":
        annual = portfolio.annual_usd(move.month) * move.share
        if annual > 12_000 and len(active) < 7 and dice.chance(0.3):
            _add(dice, client, portfolio, _another_offer(dice, client, active), move.month, annual)
        else:
            _scale(max(active, key=lambda each: _usd(each, move.month)), move.month, annual)
    else:
        _shrink(active, move, portfolio.annual_usd(move.month) * move.share)


def _another_offer(dice: Dice, client: Client, active: list[Agreement]) -> Offer:
    """Mostly something the client does not have yet; a managed client never turns into a staffing one."""
    offers: tuple[Offer, ...] = words.RECURRING_OFFERS
    if client.kind != "managed":
        offers += words.USAGE_OFFERS
    fresh = [offer for offer in offers if offer not in [each.offer for each in active]]
    return dice.pick(fresh or list(offers))


def _usd(agreement: Agreement, month: int) -> float:
    return agreement.monthly(month) * 0.12 / agreement.account.place.per_usd


def _scale(agreement: Agreement, month: int, annual_change: float) -> None:
    """Change the quantity towards the new size, by whole people or seats; by price where one unit is all there is."""
    quantity, price = agreement.state(month)
    unit = HOURS_A_MONTH if agreement.offer.revenue_type == "usage" else 1
    factor = 1 + annual_change / _usd(agreement, month)
    wanted = max(1, int(quantity / unit * factor + 0.5)) * unit
    if wanted == quantity:
        step = 100 if agreement.account.place.currency == "JPY" else 5
        price = max(step, int(price * factor / step + 0.5) * step)
    agreement.change(month, wanted, price)


def _shrink(active: list[Agreement], move: Move, annual_loss: float) -> None:
    """Spread the loss over the agreements, the smallest first to go entirely where others remain."""
    left = annual_loss
    for agreement in sorted(active, key=lambda each: (_usd(each, move.month), each.number)):
        usd = _usd(agreement, move.month)
        is_last = agreement is max(active, key=lambda each: (_usd(each, move.month), each.number))
        if usd <= left and not is_last:
            agreement.ends = move.month
            left -= usd
    if left > annual_loss * 0.1:
        largest = max(active, key=lambda each: (_usd(each, move.month), each.number))
        _scale(largest, move.month, -min(left, _usd(largest, move.month) * 0.7))


def _raise_prices(dice: Dice, portfolio: Portfolio, month: int) -> None:
    """The yearly uplift, agreed with about half of the content clients."""
    if not dice.chance(0.5):
        return
    uplift = dice.between(1.02, 1.045)
    for agreement in portfolio.active(month):
        quantity, price = agreement.state(month)
        step = 100 if agreement.account.place.currency == "JPY" else 5
        agreement.change(month, quantity, int(price * uplift / step + 0.5) * step)
