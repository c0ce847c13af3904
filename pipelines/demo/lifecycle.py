"""The story of each client: a hidden health path, and the growth, losses and returns that follow from it.

Health is what the client feels, not the score the warehouse computes. It first shows in orders, payments, surveys and
meetings (the service and billing modules read it), and one to four months later in revenue, with chance in between:
some unhappy clients stay, some content ones are bought up.
"""

from dataclasses import dataclass, field
from typing import Literal

from pipelines.demo.company import Client
from pipelines.demo.dice import Dice, clamp
from pipelines.demo.timeline import Timeline

MoveKind = Literal["expansion", "contraction", "churn", "return"]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of the client's business from the first day of `month`. `share` is of the business it has then."""

    month: int
    kind: MoveKind
    share: float
    reason: str = ""  # of a churn or a contraction, in the company's own words


@dataclass(slots=True)
class Story:
    """A client's months. `health` and `business` (US dollars a year, near the later ARR) have one entry a month."""

    health: list[float]
    business: list[float]
    moves: list[Move] = field(default_factory=list)

    def is_active(self, month: int) -> bool:
        return self.business[month] > 0


# Health a few months ago -> chance a month of losing the client, of a contraction and of an expansion.
_HAZARDS = (
    (0.22, 0.085, 0.150, 0.000),
    (0.36, 0.046, 0.100, 0.002),
    (0.52, 0.014, 0.048, 0.010),
    (0.68, 0.0040, 0.016, 0.024),
    (0.82, 0.0020, 0.006, 0.045),
    (1.01, 0.0013, 0.003, 0.058),
)
_CHOSEN_REASONS = (("Price", 0.3), ("Service quality", 0.25), ("Moved to competitor", 0.25), ("Insourced", 0.2))
_OUR_REASONS = (("Non-payment", 0.8), ("Contract breach", 0.2))
_STRUCTURAL_REASONS = (("Acquired", 0.4), ("Insolvency", 0.25), ("Site closure", 0.35))
# In no mapping on purpose: a churn nobody classified has to show as such.
UNMAPPED_REASON = "See notes"


def tell_story(client: Client, timeline: Timeline, seed: int) -> Story:
    """The client's path month by month; before it joins, health and business are 0."""
    health = _health_path(client, timeline, Dice(seed, "health", client.number))
    dice = Dice(seed, "moves", client.number)
    story = Story(health, [0.0] * timeline.months)
    business = client.size
    quiet_until = client.joined + 4
    for month in range(client.joined, timeline.months):
        if business and month >= quiet_until:
            move = _move(dice, client, health, month)
            if move:
                story.moves.append(move)
                quiet_until = month + 2
                business = 0.0 if move.kind == "churn" else business * (1 + _signed(move))
        elif not business and month == quiet_until:
            move = Move(month, "return", dice.between(0.45, 0.75))
            story.moves.append(move)
            business = client.size * move.share
        if not business and quiet_until <= month:
            break
        if story.moves and story.moves[-1].kind == "churn" and story.moves[-1].month == month:
            quiet_until = month + dice.whole(6, 14) if dice.chance(0.14) else -1
            if quiet_until < 0:
                break
        story.business[month] = business
    return story


def _signed(move: Move) -> float:
    return move.share if move.kind == "expansion" else -move.share


def _health_path(client: Client, timeline: Timeline, dice: Dice) -> list[float]:
    """A mean-reverting walk around the client's temper, with spells in which things go wrong for a while.

    A good manager sees fewer of them begin and ends them sooner.
    """
    path = [0.0] * timeline.months
    value, target, spell = clamp(client.temper + 0.05 * dice.normal()), client.temper, 0
    for month in range(client.joined, timeline.months):
        care = client.owner(month).skill
        if spell:
            spell -= 1
            if not spell:
                target = client.temper
        elif dice.chance(0.030 * (1.25 - care)):
            target = dice.between(0.02, 0.48)
            spell = dice.whole(6, 12) - int(3 * care)
        value = clamp(value + 0.32 * (target - value) + 0.035 * dice.normal())
        path[month] = value
    return path


def _move(dice: Dice, client: Client, health: list[float], month: int) -> Move | None:
    felt = health[max(month - dice.whole(1, 4), client.joined)]
    _, churn, contraction, expansion = next(row for row in _HAZARDS if felt < row[0])
    # Small clients come and go more easily; large ones are bound by more contracts and more people.
    churn *= 0.75 if client.size >= 500_000 else 1.0 if client.size >= 150_000 else 1.15
    care = client.owner(month).skill
    roll = dice.roll()
    if roll < churn:
        return Move(month, "churn", 1.0, _churn_reason(dice, felt))
    if roll < churn + contraction:
        share = dice.between(0.12, 0.42) if felt < 0.5 else dice.between(0.04, 0.15)
        return Move(month, "contraction", share, "Volume reduced")
    if roll < churn + contraction + expansion * (0.55 + 0.8 * care):
        return Move(month, "expansion", dice.between(0.06, 0.34))
    return None


def _churn_reason(dice: Dice, felt: float) -> str:
    if dice.chance(0.06):
        return UNMAPPED_REASON
    if felt >= 0.6:
        return dice.weighted(_STRUCTURAL_REASONS)
    kind = dice.weighted(((_CHOSEN_REASONS, 0.74), (_OUR_REASONS, 0.12), (_STRUCTURAL_REASONS, 0.14)))
    return dice.weighted(kind)
