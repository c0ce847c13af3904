"""The slides about the relationship: feedback, and what both sides can see of how they work together.

"Health" is told in the client's own terms; the score stands in a speaker note, and only for `--internal`.
"""

from collections.abc import Callable
from decimal import Decimal

from pipelines.dashboards.wording import NOT_AVAILABLE, count, date, month, sentence_case
from pipelines.qbr.deck import FULL, LEFT, RIGHT, Block, Box, Chart, Column, Format, Kind, Series, Slide, Table, Words
from pipelines.qbr.facts import Facts, InternalHealth, Nps, Relationship, Windows
from pipelines.qbr.frame import slide
from pipelines.qbr.words import below, days, number, score, short_date, table, whole, words, yes_no

WIDE = Box(FULL.x, FULL.y, 560, FULL.height)
NARROW = Box(FULL.x + 592, FULL.y, FULL.width - 592, FULL.height)
FEEDBACK_NOTE = (
    "NPS: % of answers 9-10 minus % of 0-6, from -100 to 100. CSAT: mean of the period's answers, from 0 to 100."
)
RELATIONSHIP_NOTE = (
    "Days to payment are weighted by invoice total; an overdue invoice counts with its age. n/a: nothing to measure."
)


def nps_words(facts: Facts) -> tuple[str, tuple[str, ...]]:
    """The NPS in a tile: value, and what it rests on. Too few answers are named instead of a score."""
    _, now = facts.feedback.quarters[-1]
    label, year = facts.period.label, sentence_case(_over_a_year(facts))
    if now is None and facts.period.is_provisional:
        return NOT_AVAILABLE, (f"counted when {facts.period.name} is complete", year)
    if now is None:
        return "no answers", (f"after service, in {label}", year)
    answers = count(now.responses, "answer")
    if now.is_too_few:
        return answers, (f"too few for an NPS in {label}", year)
    return score(now.nps), (f"{answers} in {label}", year)


def _over_a_year(facts: Facts) -> str:
    year = facts.feedback.year
    if year is None:
        return f"no relationship survey in the 12 months to {month(facts.period.last_month)}"
    few = ", too few" if year.is_too_few else ""
    return f"over 12 months it is {score(year.nps)} (n = {year.responses}{few})"


def feedback_slide(facts: Facts) -> Slide:
    """NPS and CSAT with the number of answers behind each."""
    feedback, period = facts.feedback, facts.period
    columns = (
        Column("Survey", 0.3),
        Column("Answers", 0.16, True),
        Column("9-10", 0.12, True),
        Column("7-8", 0.12, True),
        Column("0-6", 0.12, True),
        Column("NPS", 0.18, True),
    )
    surveys = [(quarter.name, answers) for quarter, answers in reversed(feedback.quarters)]
    surveys += [(f"12 months to {month(period.last_month)}", feedback.year), ("12 months before", feedback.year_before)]
    rows = [_nps_row(name, answers) for name, answers in surveys]
    if period.is_provisional:
        rows[0] = (period.name, "still runs", "", "", "", NOT_AVAILABLE)
    nps = table(RIGHT, "NPS: after service by quarter, then the relationship survey", columns, rows)
    csat = table(
        below(RIGHT, nps),
        "CSAT, mean of 0-100",
        (Column("", 0.32), Column("Answers", 0.26, True), Column("CSAT", 0.42, True)),
        [
            (period.label, whole(feedback.csat_responses), number(feedback.csat)),
            (period.before(1).name, whole(feedback.csat_responses_before), number(feedback.csat_before)),
        ],
    )
    blocks: list[Block] = [_answers(facts), nps, csat]
    if any(answers and answers.is_too_few for _, answers in surveys):
        blocks.append(
            words(below(below(RIGHT, nps), csat), "* Too few answers for an NPS: read them as single opinions.")
        )
    subtitle = "Answers of your own people; each person's latest in the period counts"
    return slide(facts, "Feedback", _feedback_sentence(facts), subtitle, blocks, FEEDBACK_NOTE)


def _answers(facts: Facts) -> Chart | Words:
    quarters = facts.feedback.quarters
    names = tuple(quarter.name for quarter, _ in quarters)
    if not any(answers for _, answers in quarters):
        return words(LEFT, f"Nobody answered a survey after service from {names[0]} to {names[-1]}.")

    def counted(of: Callable[[Nps], int]) -> tuple[int, ...]:
        return tuple(of(answers) if answers else 0 for _, answers in quarters)

    return Chart(
        LEFT,
        "Answers after service by quarter",
        Kind.STACKED,
        names,
        (
            Series("0-6", counted(lambda answers: answers.detractors), "bad"),
            Series("7-8", counted(lambda answers: answers.passives), "reported"),
            Series("9-10", counted(lambda answers: answers.promoters), "good"),
        ),
        Format.COUNT,
        has_labels=True,
    )


def _nps_row(name: str, answers: Nps | None) -> tuple[str, ...]:
    if answers is None:
        return name, "0", "", "", "", NOT_AVAILABLE
    kinds = (answers.responses, answers.promoters, answers.passives, answers.detractors)
    return name, *(whole(kind) for kind in kinds), score(answers.nps) + ("*" if answers.is_too_few else "")


def _feedback_sentence(facts: Facts) -> str:
    period = facts.period
    (_, before), (_, now) = facts.feedback.quarters[-2:]
    year = _over_a_year(facts)
    if now is None and period.is_provisional:
        return f"NPS of {period.name} is counted when the quarter is complete; {year}."
    if now is None:
        return f"No NPS answers after service in {period.label}; {year}."
    if now.is_too_few:
        are = "is" if now.responses == 1 else "are"
        return f"{count(now.responses, 'answer')} in {period.label} {are} too few for an NPS; {year}."
    compared = f", after {score(before.nps)} in {period.before(1).name}" if before and not before.is_too_few else ""
    return f"NPS was {score(now.nps)} in {period.label} (n = {now.responses}){compared}; {year}."


def relationship_slide(facts: Facts) -> Slide:
    """Payment, hiring pace, satisfaction, escalations, executive contact: a quarter and a year before beside them."""
    period, windows = facts.period, facts.windows
    note = internal_note(facts.internal) if facts.internal else None
    subtitle = f"How we work together, as of {date(period.day)}"
    _, now = facts.relationship[-1]
    if now is None or windows is None:
        text = f"There was no running business on {date(period.day)}, so payment, pace and contacts are not measured."
        title = f"The relationship was not measured on {date(period.day)}."
        return slide(facts, "Relationship", title, subtitle, (words(WIDE, text), _reviews(facts)), "", note)
    measured = _measures(facts, windows)
    blocks = (measured, *_trends(facts, windows, below(WIDE, measured)), _reviews(facts))
    title = _relationship_sentence(facts, now, windows)
    return slide(facts, "Relationship", title, subtitle, blocks, RELATIONSHIP_NOTE, note)


def _measures(facts: Facts, windows: Windows) -> Table:
    shown = [facts.relationship[place] for place in (-1, -2, 0)]

    def row(name: str, read: Callable[[Relationship], str]) -> tuple[str, ...]:
        return name, *(NOT_AVAILABLE if day is None else read(day) for _, day in shown)

    return table(
        WIDE,
        "What both of us can see",
        (Column("", 0.55), *(Column(short_date(period.day), 0.15, True) for period, _ in shown)),
        [
            row(f"Days from invoice to payment, last {windows.invoices} days", lambda day: number(day.days_to_pay)),
            row(f"People started a month, last {windows.hiring} months", lambda day: number(day.hires_per_month)),
            row(f"Mean survey score of 0-10, last {windows.responses} days", lambda day: number(day.nps_mean)),
            row(f"Escalations opened, last {windows.escalations} days", lambda day: _counted(day.escalations)),
            row(f"Contact with your sponsor, last {windows.sponsor} days", lambda day: yes_no(day.has_sponsor_contact)),
            row(
                f"Contact with any executive, last {windows.contacts} days",
                lambda day: yes_no(day.has_executive_contact),
            ),
            row(f"People in touch with us, last {windows.contacts} days", lambda day: _counted(day.active_contacts)),
        ],
    )


def _counted(value: int | None) -> str:
    return NOT_AVAILABLE if value is None else whole(value)


def _trends(facts: Facts, windows: Windows, room: Box) -> list[Chart]:
    """Small charts of what moves, at the end of each quarter; none of what was never measured."""

    def trend(caption: str, values: list[Decimal | int | None], x: float, kind: Format) -> Chart | None:
        if all(value is None for value in values):
            return None
        numbers = tuple(None if value is None else float(value) for value in values)
        names = tuple(month(period.last_month) for period, _ in facts.relationship)
        box = Box(x, room.y, (room.width - 24) / 2, room.height)
        return Chart(box, caption, Kind.CLUSTERED, names, (Series(caption, numbers, "total"),), kind, has_labels=True)

    quarters = [day for _, day in facts.relationship]
    charts = (
        trend(
            "Days from invoice to payment", [day.days_to_pay if day else None for day in quarters], room.x, Format.COUNT
        ),
        trend(
            f"Escalations in {windows.escalations} days",
            [day.escalations if day else None for day in quarters],
            room.x + (room.width + 24) / 2,
            Format.COUNT,
        ),
    )
    return [chart for chart in charts if chart]


def _reviews(facts: Facts) -> Table | Words:
    if not facts.reviews:
        return words(NARROW, "No business review was due or held in the last five quarters.")
    return table(
        NARROW,
        "Business reviews",
        (Column("Quarter", 0.34), Column("Held", 0.24, True), Column("Executive there", 0.42, True)),
        [
            (each.period.name, yes_no(each.is_held), yes_no(each.executive_attended) if each.is_held else "")
            for each in reversed(facts.reviews)
        ],
    )


def _relationship_sentence(facts: Facts, now: Relationship, windows: Windows) -> str:
    parts = []
    if now.days_to_pay is not None:
        parts.append(f"invoices are paid in {days(now.days_to_pay)} on average")
    held = [each for each in facts.reviews if each.period == facts.period and each.is_held]
    if held and held[0].executive_attended is not None:
        parts.append(
            f"{'an' if held[0].executive_attended else 'no'} executive attended the {facts.period.name} review"
        )
    if now.escalations is not None:
        said = count(now.escalations, "escalation") if now.escalations else "no escalation"
        parts.append(f"{said} in the last {windows.escalations} days")
    return sentence_case("; ".join(parts) or f"nothing could be measured by {date(facts.period.day)}") + "."


def internal_note(health: InternalHealth) -> str:
    """The score with its missing points, for our own people."""
    lines = [
        "INTERNAL: remove this note before the file leaves the company.",
        f"Health score {health.score} ({health.band}) on {date(health.day)}. Points by component:",
    ]
    for part in health.components:
        if part.points is None or part.not_scored_reason:
            lines.append(f"- {part.component}: not scored ({part.not_scored_reason or 'no data'}), of {part.maximum}")
        else:
            lines.append(f"- {part.component}: {part.points} of {part.maximum}, {part.maximum - part.points} missing")
    return "\n".join(lines)
