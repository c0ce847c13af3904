"""What people say: NPS and CSAT answers of the clients' contacts, and the recruiters' marks for the managers."""

from pipelines.demo.company import Client, Manager
from pipelines.demo.dice import Dice, clamp
from pipelines.demo.lifecycle import Story
from pipelines.demo.records import CsatResponse, NpsResponse, Project, RecruiterFeedback
from pipelines.demo.timeline import Timeline, at

_PRAISE = ("Great partner", "They know our sites", "Quick and reliable", "Would recommend any time")
_COMPLAINTS = ("Slow to respond", "Too many no-shows", "Hard to reach anyone", "Invoices keep being wrong")


def make_nps(client: Client, story: Story, timeline: Timeline, seed: int) -> list[NpsResponse]:
    """Transactional surveys every quarter to half of the contacts, the relationship survey twice a year to all."""
    dice = Dice(seed, "nps", client.number)
    found: list[NpsResponse] = []
    for month in range(client.joined, timeline.months):
        if not story.is_active(month):
            continue
        health = story.health[month]
        calendar_month = timeline.first_day(month).month
        answers = 0.30 + 0.35 * health
        for contact in client.contacts:
            is_relationship = calendar_month in (4, 10) and dice.chance(answers)
            is_transactional = month % 3 == client.number % 3 and dice.chance(answers * 0.6)
            if not is_relationship and not is_transactional:
                continue
            score = int(clamp(2.6 + 7.9 * health + contact.leaning + 0.45 * dice.normal(), 0, 10) + 0.5)
            words = _PRAISE if score >= 9 else _COMPLAINTS if score <= 6 else ()
            found.append(
                NpsResponse(
                    f"NPS-{client.number:03d}-{len(found) + 1:04d}",
                    client.main.account_id,
                    contact.contact_id,
                    "relationship" if is_relationship else "transactional",
                    score,
                    at(timeline.day(month, dice.whole(3, 27)), dice.whole(420, 1_100)),
                    dice.pick(words) if words and dice.chance(0.4) else "",
                )
            )
    return [answer for answer in found if answer.responded_at.date() <= timeline.end]


def make_csat(
    client: Client, story: Story, projects: list[Project], timeline: Timeline, seed: int
) -> list[CsatResponse]:
    """A mark out of 100 for each running project most months."""
    dice = Dice(seed, "csat", client.number)
    found: list[CsatResponse] = []
    for project in projects:
        first = max(timeline.month_of(project.starts_on), 0)
        last = min(timeline.month_of(project.delivered_on or timeline.end), timeline.last)
        for month in range(first, last + 1):
            if not story.is_active(month) or not dice.chance(0.7):
                continue
            score = int(clamp(48 + 44 * story.health[month] + 6 * dice.normal(), 5, 100) + 0.5)
            moment = at(timeline.day(month, dice.whole(5, 28)), dice.whole(480, 1_050))
            if moment.date() <= timeline.end:
                number = f"CSAT-{client.number:03d}-{len(found) + 1:03d}"
                found.append(CsatResponse(number, project.account_id, project.project_id, score, moment))
    return found


def make_recruiter_feedback(managers: list[Manager], timeline: Timeline, seed: int) -> list[RecruiterFeedback]:
    """Three recruiters a month rate each manager they work with, while the manager holds the seat."""
    dice = Dice(seed, "recruiters")
    found: list[RecruiterFeedback] = []
    for month in range(timeline.months):
        for manager in managers:
            has_left = manager.left_in is not None and month >= manager.left_in
            if has_left or timeline.last_day(month) < manager.role_started_on:
                continue
            for _ in range(3):
                score = int(clamp(6.4 + 2.9 * manager.skill + 0.9 * dice.normal(), 0, 10) + 0.5)
                moment = at(timeline.day(month, dice.whole(2, 28)), dice.whole(480, 1_020))
                found.append(RecruiterFeedback(f"RF-{len(found) + 1:05d}", manager.user_id, score, moment))
    return found
