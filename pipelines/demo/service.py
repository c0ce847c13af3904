"""What the company does for a client day by day: meetings and calls, escalations and tickets, messages answered.

Every rate depends on the client's health in the month and on the manager's skill; nothing here knows of revenue.
"""

import datetime as dt
from typing import NamedTuple

from pipelines.demo.company import Client, Contact, Manager, tier_of
from pipelines.demo.dice import Dice, clamp
from pipelines.demo.lifecycle import Story
from pipelines.demo.timeline import Timeline, at, starts_two_weeks, working_day


class Activity(NamedTuple):
    """A meeting, call, e-mail or plan update. The QBR's details are None on all other types."""

    type: str
    client: Client
    contact: Contact | None
    manager: Manager
    happened_at: dt.datetime
    logged_at: dt.datetime
    is_held: bool = True
    executive_attended: bool | None = None
    deck_ready_on: dt.date | None = None
    actions_logged: bool | None = None
    follow_up_on: dt.date | None = None


class Case(NamedTuple):
    """An escalation or a support ticket. Times after the end of the timeline are None."""

    client: Client
    is_escalated: bool
    priority: str
    subject: str
    opened_at: dt.datetime
    responded_at: dt.datetime | None
    resolved_at: dt.datetime | None
    sla_hours: int | None


class Message(NamedTuple):
    """A client's e-mail or meeting request."""

    client: Client
    manager: Manager
    kind: str
    urgency: str
    received_at: dt.datetime
    responded_at: dt.datetime | None


# Kinds of meeting by tier: (type, every so many months).
_REVIEWS = {
    "strategic": (("strategic_review", 1), ("qbr", 3)),
    "growth": (("strategic_review", 3), ("planning", 6)),
    "standard": (("check_in", 1), ("strategic_review", 6)),
    "tail": (("check_in", 2),),
}
_LIMITS = {"Critical": (1, 4), "High": (4, 24), "Medium": (24, 168), "Low": (48, 336)}  # hours to respond, to resolve
_TROUBLES = (
    "Shift not covered",
    "Candidate left in first week",
    "Invoice disputed",
    "Time sheets late",
    "Background check missing",
    "Slow shortlist",
)


def make_activities(client: Client, story: Story, timeline: Timeline, seed: int) -> list[Activity]:
    """The client's touchpoints: those its tier is due, most of them kept, and calls and e-mails between them."""
    dice = Dice(seed, "activities", client.number)
    found: list[Activity] = []
    for month in range(client.joined, timeline.months):
        if story.is_active(month):
            found += _month_of_activities(dice, client, story, timeline, month)
    return [each for each in found if each.happened_at.date() <= timeline.end]


def _month_of_activities(dice: Dice, client: Client, story: Story, timeline: Timeline, month: int) -> list[Activity]:
    health, manager = story.health[month], client.owner(month)
    tier = tier_of(story.business[month])
    kept = clamp((0.80 + 0.2 * manager.skill) * (0.72 + 0.36 * health), 0.0, 0.985)
    found: list[Activity] = []

    def touch(kind: str, day: dt.date, contact: Contact | None) -> None:
        happened_at = at(working_day(day), 480 + 15 * dice.whole(0, 35))
        is_prompt = dice.chance(0.84 + 0.14 * manager.skill)
        logged_at = happened_at + dt.timedelta(minutes=dice.whole(30, 1_300) if is_prompt else dice.whole(1_500, 6_000))
        found.append(Activity(kind, client, contact, manager, happened_at, logged_at))

    if tier in ("strategic", "growth"):
        for monday in timeline.mondays(month):
            if (tier == "strategic" or starts_two_weeks(monday)) and dice.chance(kept):
                kind = "ops_sync" if tier == "strategic" or dice.chance(0.6) else "check_in"
                touch(kind, monday + dt.timedelta(days=dice.whole(0, 3)), _day_to_day_contact(dice, client))
    for kind, every in _REVIEWS[tier]:
        # Reviews fall in the second month of their period, so that a late one still counts.
        if timeline.first_day(month).month % every == 2 % every and dice.chance(0.35 + 0.65 * kept):
            day = timeline.day(month, dice.whole(6, 25))
            if kind == "qbr":
                found.append(_qbr(dice, client, manager, health, day))
            else:
                touch(kind, day, _day_to_day_contact(dice, client))
    sponsor_talks = 0.72 if health > 0.58 else 0.25 if health > 0.38 else 0.03
    if dice.chance(sponsor_talks):
        touch(dice.pick(("meeting", "call")), timeline.day(month, dice.whole(2, 26)), client.sponsor)
    for _ in range(dice.count(0.7 if health > 0.4 else 0.3)):
        touch(dice.pick(("call", "email")), timeline.day(month, dice.whole(1, 27)), _day_to_day_contact(dice, client))
    if timeline.is_quarter_end(month) and dice.chance(0.72 + 0.27 * manager.skill):
        touch("plan_update", timeline.day(month, dice.whole(4, 24)), None)
    return found


def _day_to_day_contact(dice: Dice, client: Client) -> Contact:
    """Anyone but the executives, where there is anyone else."""
    people = [contact for contact in client.contacts if contact.level != "executive"]
    return dice.pick(people or client.contacts)


def _qbr(dice: Dice, client: Client, manager: Manager, health: float, day: dt.date) -> Activity:
    day = working_day(day)
    happened_at = at(day, 540 + 30 * dice.whole(0, 12))
    care = 0.6 + 0.4 * manager.skill
    return Activity(
        "qbr",
        client,
        client.sponsor if dice.chance(0.3 + 0.65 * health) else _day_to_day_contact(dice, client),
        manager,
        happened_at,
        happened_at + dt.timedelta(minutes=dice.whole(60, 1_500)),
        is_held=dice.chance(0.97),
        executive_attended=dice.chance(clamp(0.25 + 0.75 * health)),
        deck_ready_on=day - dt.timedelta(days=dice.whole(3, 8) if dice.chance(care) else dice.whole(0, 2)),
        actions_logged=dice.chance(care + 0.05),
        follow_up_on=day + dt.timedelta(days=dice.whole(1, 7) if dice.chance(care) else dice.whole(8, 16)),
    )


def make_cases(client: Client, story: Story, timeline: Timeline, seed: int) -> list[Case]:
    """Escalations, far more of them where things go wrong, and the routine tickets of support clients."""
    dice = Dice(seed, "cases", client.number)
    found: list[Case] = []
    for month in range(client.joined, timeline.months):
        if not story.is_active(month):
            continue
        health, skill = story.health[month], client.owner(month).skill
        for _ in range(
            dice.count(0.03 if health > 0.7 else 0.12 if health > 0.55 else 0.40 if health > 0.35 else 0.95)
        ):
            found.append(_case(dice, client, timeline, month, skill - 0.5 * max(0.0, 0.5 - health), is_escalated=True))
        for _ in range(dice.count(1.1) if client.is_support else 0):
            found.append(_case(dice, client, timeline, month, skill, is_escalated=False))
    return [case for case in found if case.opened_at.date() <= timeline.end]


def _case(dice: Dice, client: Client, timeline: Timeline, month: int, skill: float, *, is_escalated: bool) -> Case:
    priority = dice.weighted((("Critical", 0.1), ("High", 0.3), ("Medium", 0.4), ("Low", 0.2)))
    respond, resolve = _LIMITS[priority]
    in_time = 0.86 + 0.13 * skill
    opened_at = at(timeline.day(month, dice.whole(1, 31)), dice.whole(0, 1_439))
    response = _minutes(dice, respond, in_time)
    resolution = max(_minutes(dice, resolve, in_time), response + 5)
    return Case(
        client,
        is_escalated,
        priority,
        dice.pick(_TROUBLES),
        opened_at,
        _known(opened_at + dt.timedelta(minutes=response), timeline),
        _known(opened_at + dt.timedelta(minutes=resolution), timeline),
        None if is_escalated else {"Critical": 2, "High": 4, "Medium": 24, "Low": 48}[priority],
    )


def _minutes(dice: Dice, limit_hours: int, in_time: float) -> int:
    share = dice.between(0.1, 0.95) if dice.chance(in_time) else dice.between(1.1, 2.6)
    return int(limit_hours * 60 * share)


def _known(moment: dt.datetime, timeline: Timeline) -> dt.datetime | None:
    """The moment, or None where the end of the timeline did not live to see it."""
    return moment if moment.date() <= timeline.end else None


def make_messages(client: Client, story: Story, timeline: Timeline, seed: int) -> list[Message]:
    """E-mails and meeting requests: a few a month from large clients, one now and then from small ones."""
    dice = Dice(seed, "messages", client.number)
    found: list[Message] = []
    for month in range(client.joined, timeline.months):
        if not story.is_active(month):
            continue
        manager = client.owner(month)
        mean = {"strategic": 2.2, "growth": 1.2, "standard": 0.7, "tail": 0.3}[tier_of(story.business[month])]
        for _ in range(dice.count(mean)):
            kind = "email" if dice.chance(0.8) else "meeting_request"
            urgency = dice.weighted((("normal", 0.7), ("", 0.1), ("urgent", 0.15), ("critical", 0.05)))
            limit = {"critical": 1, "urgent": 4}.get(urgency, 9) if kind == "email" else 24
            received_at = at(timeline.day(month, dice.whole(1, 31)), dice.whole(420, 1_080))
            answer = received_at + dt.timedelta(minutes=_minutes(dice, limit, 0.80 + 0.18 * manager.skill))
            found.append(Message(client, manager, kind, urgency, received_at, _known(answer, timeline)))
    return [message for message in found if message.received_at.date() <= timeline.end]
