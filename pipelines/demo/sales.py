"""Contracts and opportunities: renewals that come due, growth worked on for months, and pipeline that fell away.

Values are whole units of the client's billing currency.
"""

import datetime as dt
from dataclasses import dataclass, field

from pipelines.demo.company import Client
from pipelines.demo.dice import Dice
from pipelines.demo.lifecycle import Move, Story
from pipelines.demo.timeline import Timeline, first_of_month

_DAY = dt.timedelta(days=1)
_STAGES = (("Discovery", 20), ("Proposal", 50), ("Negotiation", 75))


@dataclass(slots=True)
class Contract:
    """A client's framework contract of `months` from `starts_on`."""

    number: int
    client: Client
    starts_on: dt.date
    months: int
    value: int
    has_fx_clause: bool
    status: str = "Activated"
    terminated_on: dt.date | None = None
    termination_reason: str = ""

    @property
    def ends_on(self) -> dt.date:
        return first_of_month(self.starts_on, self.months) - _DAY


@dataclass(slots=True)
class Opportunity:
    """A deal. `closes_on` lies after the end of the timeline where it is still open."""

    number: int
    client: Client
    type: str  # New Business, Existing Business, Upsell, Renewal
    amount: int
    created_on: dt.date
    closes_on: dt.date
    outcome: str  # won, lost, open
    loss_reason: str = ""
    stage: str = ""
    probability: int = 0
    steps: list[tuple[dt.date, str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Deals:
    """A client's contracts and opportunities."""

    contracts: list[Contract]
    opportunities: list[Opportunity]


def make_deals(client: Client, story: Story, timeline: Timeline, seed: int) -> Deals:
    """The paper trail of the client's story."""
    dice = Dice(seed, "sales", client.number)
    deals = Deals([], [])
    churns = {move.month: move for move in story.moves if move.kind == "churn"}
    starts = [client.joined] + [move.month for move in story.moves if move.kind == "return"]
    for start in starts:
        churn = next((churns[month] for month in sorted(churns) if month >= start), None)
        _contracts(dice, client, story, timeline, deals, start, churn)
        if start:
            _new_business(dice, client, story, timeline, deals, start)
    _growth(dice, client, story, timeline, deals)
    _pipeline(dice, client, story, timeline, deals)
    return deals


def _local(client: Client, usd: float) -> int:
    return int(usd * client.place.per_usd / 100 + 0.5) * 100


def _contracts(
    dice: Dice, client: Client, story: Story, timeline: Timeline, deals: Deals, start: int, churn: Move | None
) -> None:
    """One contract after another, each followed by a renewal; a churn ends the last one, at its term or before it."""
    months = dice.weighted(((12, 0.5), (24, 0.35), (36, 0.15)))
    has_fx_clause = dice.chance(0.75)
    begin = timeline.first_day(start - (dice.whole(0, months - 2) if start == 0 else 0))
    while begin <= timeline.end:
        value = _local(client, story.business[max(timeline.month_of(begin), start)] * months / 12)
        contract = Contract(client.number * 20 + len(deals.contracts), client, begin, months, value, has_fx_clause)
        deals.contracts.append(contract)
        end = timeline.month_of(contract.ends_on) + 1
        if churn and churn.month < end:
            contract.terminated_on = timeline.first_day(churn.month) - dice.whole(1, 12) * _DAY
            contract.termination_reason = churn.reason
            return
        is_lost = churn is not None and churn.month == end
        _renewal(dice, client, timeline, deals, contract, churn.reason if churn and is_lost else "")
        if is_lost:
            return
        begin = first_of_month(begin, months)


def _renewal(
    dice: Dice, client: Client, timeline: Timeline, deals: Deals, contract: Contract, loss_reason: str
) -> None:
    """Opened four months before the end; a few managers are late, or forget until it shows in the forecast."""
    created_on = contract.ends_on - dice.whole(100, 170) * _DAY
    if dice.chance(0.15):
        created_on = contract.ends_on - dice.whole(20, 60) * _DAY
    closes_on = contract.ends_on - dice.whole(2, 25) * _DAY
    outcome = "lost" if loss_reason else "won"
    _add(deals, client, timeline, "Renewal", contract.value, created_on, closes_on, outcome, loss_reason)


def _add(
    deals: Deals,
    client: Client,
    timeline: Timeline,
    kind: str,
    amount: int,
    created_on: dt.date,
    closes_on: dt.date,
    outcome: str,
    loss_reason: str = "",
) -> None:
    """Adds the deal as it stands at the end of the timeline, with the stages it went through."""
    if created_on > timeline.end:
        return
    is_open = closes_on > timeline.end
    deal = Opportunity(
        client.number * 100 + len(deals.opportunities),
        client,
        kind,
        amount,
        created_on,
        closes_on,
        "open" if is_open else outcome,
        "" if is_open else loss_reason,
    )
    length = max((closes_on - created_on).days, 3)
    for position, (stage, probability) in enumerate(_STAGES):
        reached_on = created_on + length * position // 3 * _DAY
        if reached_on <= timeline.end:
            deal.steps.append((reached_on, stage, probability))
    if not is_open:
        won = outcome == "won"
        deal.steps.append((closes_on, "Closed Won" if won else "Closed Lost", 100 if won else 0))
    _, deal.stage, deal.probability = deal.steps[-1]
    deals.opportunities.append(deal)


def _new_business(dice: Dice, client: Client, story: Story, timeline: Timeline, deals: Deals, start: int) -> None:
    signed_on = timeline.first_day(start) - dice.whole(3, 20) * _DAY
    amount = _local(client, story.business[start])
    _add(deals, client, timeline, "New Business", amount, signed_on - dice.whole(40, 120) * _DAY, signed_on, "won")


def _growth(dice: Dice, client: Client, story: Story, timeline: Timeline, deals: Deals) -> None:
    """Every expansion was an opportunity before."""
    for move in story.moves:
        if move.kind == "expansion":
            amount = _local(client, story.business[move.month - 1] * move.share)
            won_on = timeline.first_day(move.month) - dice.whole(2, 24) * _DAY
            kind = "Upsell" if dice.chance(0.4) else "Existing Business"
            _add(deals, client, timeline, kind, amount, won_on - dice.whole(60, 190) * _DAY, won_on, "won")


def _pipeline(dice: Dice, client: Client, story: Story, timeline: Timeline, deals: Deals) -> None:
    """Ideas that come to nothing: many with content clients, few with unhappy ones, where talks also end early."""
    for month in range(client.joined, timeline.months):
        if not story.is_active(month):
            continue
        health = story.health[month]
        rate = 0.21 if health > 0.72 else 0.13 if health > 0.58 else 0.02
        if dice.chance(rate):
            amount = _local(client, story.business[month] * dice.between(0.08, 0.35))
            created_on = timeline.day(month, dice.whole(2, 27))
            days = dice.whole(90, 240)
            sour = next((m for m in range(month, min(month + 8, timeline.months)) if story.health[m] < 0.45), None)
            if sour is not None:
                days = max(15, min(days, (timeline.day(sour, 20) - created_on).days))
            reason = dice.pick(("Price", "No budget", "Competitor", "Postponed"))
            _add(
                deals,
                client,
                timeline,
                "Existing Business",
                amount,
                created_on,
                created_on + days * _DAY,
                "lost",
                reason,
            )
