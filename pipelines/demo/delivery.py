"""The work itself: job orders and the people who start on them, projects, action items, programme tasks, savings."""

import datetime as dt

from pipelines.demo.company import Client, tier_of
from pipelines.demo.dice import Dice
from pipelines.demo.lifecycle import Story
from pipelines.demo.records import ActionItem, JobOrder, Placement, ProgrammeTask, Project, Saving
from pipelines.demo.timeline import Timeline

_DAY = dt.timedelta(days=1)
_HIRES_A_MONTH = {"strategic": 7.2, "growth": 4.9, "standard": 4.3, "tail": 1.8}
_OPENINGS = ((1, 0.82), (2, 0.13), (3, 0.05))
_MEAN_OPENINGS = 1.23


def make_orders(client: Client, story: Story, timeline: Timeline, seed: int) -> tuple[list[JobOrder], list[Placement]]:
    """Orders and placements of staffing and hybrid clients; a managed client places none.

    An unhappy client sends fewer orders and takes back those that linger.
    """
    orders: list[JobOrder] = []
    placements: list[Placement] = []
    if client.kind == "managed":
        return orders, placements
    dice = Dice(seed, "orders", client.number)
    for month in range(client.joined, timeline.months):
        if not story.is_active(month):
            continue
        health = story.health[month]
        demand = _HIRES_A_MONTH[tier_of(story.business[month])] / _MEAN_OPENINGS
        demand *= 1.12 if health > 0.72 else 0.9 if health > 0.58 else 0.45 if health > 0.38 else 0.12
        for _ in range(dice.count(demand)):
            opened_on = timeline.day(month, dice.whole(1, 28))
            if opened_on <= timeline.end:
                _fill(dice, client, timeline, opened_on, health, orders, placements)
    return orders, placements


def _fill(
    dice: Dice,
    client: Client,
    timeline: Timeline,
    opened_on: dt.date,
    health: float,
    orders: list[JobOrder],
    placements: list[Placement],
) -> None:
    order_id = f"JO-{client.number:03d}-{len(orders) + 1:04d}"
    openings = dice.weighted(_OPENINGS)
    account_id = client.main.account_id
    if dice.chance(0.93 if health > 0.58 else 0.5):
        starts = sorted(opened_on + dice.whole(28, 105 if dice.chance(0.3) else 85) * _DAY for _ in range(openings))
        closed_on = starts[-1]
        for started_on in starts:
            if started_on <= timeline.end:
                number = f"PL-{client.number:03d}-{len(placements) + 1:04d}"
                placements.append(Placement(number, order_id, account_id, opened_on, started_on))
    else:
        closed_on = opened_on + dice.whole(10, 60) * _DAY
    orders.append(JobOrder(order_id, account_id, opened_on, closed_on if closed_on <= timeline.end else None, openings))


def make_projects(client: Client, story: Story, timeline: Timeline, seed: int) -> list[Project]:
    """One project after another for about two clients in five, each of four to nine months."""
    dice = Dice(seed, "projects", client.number)
    found: list[Project] = []
    month = client.joined + dice.whole(0, 4)
    while client.number % 5 in (1, 3) and month < timeline.months:
        if not story.is_active(month):
            break
        skill, health = client.owner(month).skill, story.health[month]
        length = dice.whole(4, 9)
        starts_on = timeline.day(month, dice.whole(1, 20))
        due_on = timeline.day(month + length, dice.whole(5, 28))
        is_on_time = dice.chance(0.55 + 0.25 * skill + 0.2 * health)
        delivered_on = due_on + (-dice.whole(0, 14) if is_on_time else dice.whole(3, 50)) * _DAY
        is_cancelled = dice.chance(0.04)
        is_delivered = not is_cancelled and delivered_on <= timeline.end
        per_usd = client.place.per_usd
        budget = int(client.size * dice.between(0.04, 0.10) * per_usd / 1000 + 1) * 1000
        cost = int(budget * (dice.between(0.8, 1.0) if dice.chance(0.82) else dice.between(1.02, 1.25)))
        found.append(
            Project(
                f"PRJ-{client.number:03d}-{len(found) + 1:02d}",
                client.main.account_id,
                starts_on,
                due_on,
                delivered_on if is_delivered else None,
                budget,
                cost if is_delivered else None,
                client.place.currency,
                not is_cancelled and not is_delivered,
            )
        )
        month += length + dice.whole(1, 4)
    return [project for project in found if project.starts_on <= timeline.end]


def make_action_items(client: Client, story: Story, timeline: Timeline, seed: int) -> list[ActionItem]:
    """Action items of reviews: more for larger clients, closed sooner by better managers."""
    dice = Dice(seed, "actions", client.number)
    found: list[ActionItem] = []
    for month in range(client.joined, timeline.months):
        if not story.is_active(month):
            continue
        mean = {"strategic": 1.4, "growth": 0.7, "standard": 0.3, "tail": 0.1}[tier_of(story.business[month])]
        for _ in range(dice.count(mean)):
            added_on = timeline.day(month, dice.whole(1, 28))
            skill = client.owner(month).skill
            days = dice.whole(3, 30) if dice.chance(0.5 + 0.4 * skill) else dice.whole(31, 120)
            closed_on = added_on + days * _DAY
            if added_on <= timeline.end:
                number = f"AI-{client.number:03d}-{len(found) + 1:03d}"
                closed = closed_on if closed_on <= timeline.end and not dice.chance(0.02) else None
                found.append(ActionItem(number, client.main.account_id, added_on, closed))
    return found


def make_programme_tasks(client: Client, story: Story, timeline: Timeline, seed: int) -> list[ProgrammeTask]:
    """Business-continuity tasks and programme updates, a pair each quarter for strategic and growth clients."""
    dice = Dice(seed, "programme", client.number)
    found: list[ProgrammeTask] = []
    for month in range(client.joined, timeline.months):
        if month % 3 != client.number % 3 or tier_of(story.business[month]) not in ("strategic", "growth"):
            continue
        skill = client.owner(month).skill
        for kind in ("bcp", "programme_update"):
            issued_on = timeline.day(month, dice.whole(1, 20))
            due_on = issued_on + (30 if kind == "bcp" else 14) * _DAY
            done_on = due_on + (-dice.whole(0, 9) if dice.chance(0.7 + 0.28 * skill) else dice.whole(1, 25)) * _DAY
            seen_on = issued_on + dice.whole(0, 6 if dice.chance(0.9) else 20) * _DAY
            if issued_on <= timeline.end:
                found.append(
                    ProgrammeTask(
                        f"PT-{client.number:03d}-{len(found) + 1:03d}",
                        client.main.account_id,
                        kind,
                        issued_on,
                        due_on,
                        min(seen_on, done_on) if min(seen_on, done_on) <= timeline.end else None,
                        done_on if done_on <= timeline.end else None,
                    )
                )
    return found


def make_savings(client: Client, story: Story, timeline: Timeline, seed: int) -> list[Saving]:
    """Savings promised and delivered each quarter where the company manages a client's suppliers or recruiting."""
    dice = Dice(seed, "savings", client.number)
    found: list[Saving] = []
    if client.kind == "staffing" or client.number % 2:
        return found
    for month in range(client.joined, timeline.months):
        if not timeline.is_quarter_end(month) or not story.is_active(month):
            continue
        planned = int(story.business[month] * client.place.per_usd * dice.between(0.008, 0.02) / 100 + 1) * 100
        delivered = int(planned * (0.45 + 0.7 * story.health[month]) * dice.between(0.8, 1.15) / 100) * 100
        number = f"SV-{client.number:03d}-{len(found) + 1:02d}"
        currency = client.place.currency
        found.append(Saving(number, client.main.account_id, timeline.first_day(month), planned, delivered, currency))
    return found
