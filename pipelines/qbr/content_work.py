"""The slides about the work: spend, hiring, service levels."""

from collections.abc import Sequence
from decimal import Decimal

from pipelines.dashboards.wording import count, date, month, percent, points
from pipelines.qbr import queries
from pipelines.qbr.deck import (
    FULL,
    LEFT,
    RIGHT,
    TEXT,
    Block,
    Box,
    Chart,
    Column,
    Format,
    Kind,
    Series,
    Slide,
    Table,
    Words,
)
from pipelines.qbr.facts import Commitment, Facts, LineSpend, Miss, Spend
from pipelines.qbr.frame import slide
from pipelines.qbr.text import fit, width
from pipelines.qbr.words import (
    CELL_PADDING,
    above,
    amount,
    below,
    change,
    days,
    hours,
    moment,
    month_names,
    more,
    of,
    room_for_rows,
    short_date,
    table,
    whole,
    words,
)

MOST_LINES = 12
MOST_ESCALATIONS = 8
ESCALATIONS_HEIGHT = 160.0
SPEND_LEFT = Box(FULL.x, FULL.y, 360, FULL.height)
SPEND_RIGHT = Box(FULL.x + 384, FULL.y, FULL.width - 384, FULL.height)
SPEND_NOTE = "Spend is recognised by day of service, so it differs from invoices by date. Change: on a year before."
HIRING_NOTE = "Days to fill: from the order's opening to the start of the last person it asked for."
SERVICE_NOTE = "An event counts when its limit falls, an escalation at the earlier of its end and its limit."
COMMITMENT_NAMES = {
    queries.ESCALATION_RESPONSE: "Escalations answered",
    queries.ESCALATION_RESOLUTION: "Escalations resolved",
    queries.EMAIL: "E-mails answered",
    queries.MEETING_REQUEST: "Meeting requests answered",
    queries.TICKET: "Support tickets answered",
    queries.ORDER_FULFILMENT: "Job orders filled",
}
MISS_NAMES = {
    queries.ESCALATION_RESPONSE: "Response",
    queries.ESCALATION_RESOLUTION: "Resolution",
    queries.EMAIL: "E-mail",
    queries.MEETING_REQUEST: "Meeting",
    queries.TICKET: "Ticket",
    queries.ORDER_FULFILMENT: "Job order",
}


def all_met(facts: Facts) -> tuple[int, int]:
    """Events that met their limit, and all that fell due."""
    commitments = facts.service.commitments
    return sum(each.met for each in commitments), sum(each.events for each in commitments)


def basis(facts: Facts, spend: Spend) -> str:
    """In which currency the spend stands, and why."""
    if spend.is_converted:
        return f"all currencies in {spend.currency} at rates of {date(facts.run.fx_baseline_on)}"
    billing = facts.client.billing_currency
    return f"in {spend.currency}, {'your billing currency' if spend.currency == billing else 'as invoiced'}"


def spend_sentence(facts: Facts) -> str:
    spend, period = facts.spend, facts.period
    if not spend.total:
        return f"No spend is recorded in {period.label}"
    than = above(spend.total, spend.total_before, period.year_before().label)
    return f"Spend was {amount(spend.currency, spend.total)} in {period.label}, {than}"


def spend_slide(facts: Facts) -> Slide:
    """Spend by month beside the year before, and by service line."""
    spend, period = facts.spend, facts.period
    title = spend_sentence(facts)
    if spend.total > 0 and spend.lines:
        largest = spend.lines[0]
        share = percent(largest.total_common / spend.total)
        title += f"; {fit(largest.service_line or 'work without a service line', 300, TEXT)} is {share} of it"
    subtitle = f"Recognised revenue, net of tax, {basis(facts, spend)}"
    if spend.is_usage_incomplete:
        subtitle += "; hours of the last month are not all invoiced yet"
    blocks: tuple[Block, ...]
    if any(now or before for _, now, before in spend.trend):
        chart = Chart(
            SPEND_LEFT,
            f"Spend by month, {spend.currency}",
            Kind.CLUSTERED,
            month_names([first for first, _, _ in spend.trend]),
            (
                Series("A year before", tuple(float(before) for _, _, before in spend.trend), "neutral"),
                Series("Spend", tuple(float(now) for _, now, _ in spend.trend), "total"),
            ),
            Format.AMOUNT,
        )
        blocks = (chart, spend_table(facts))
    else:
        blocks = (words(FULL, f"No invoice line covers the 24 months to {month(period.last_month)}."),)
    return slide(facts, "Performance", f"{title}.", subtitle, blocks, SPEND_NOTE)


def spend_table(facts: Facts) -> Table:
    """Service lines by spend, the small ones summed, and the total that is the headline.

    Amounts that do not fit a column are shown in thousands, or millions, all of them.
    """
    spend, period = facts.spend, facts.period
    shown = spend.lines if len(spend.lines) <= MOST_LINES else spend.lines[: MOST_LINES - 1]
    rest = spend.lines[len(shown) :]
    numbers: list[tuple[str, str, Sequence[Decimal | None], Decimal, Decimal]] = [
        (line.service_line or "without a service line", line.currency, line.by_month, line.total, line.before)
        for line in shown
    ]
    if rest:
        numbers.append((more(rest), spend.currency, [None] * len(period.months), *_common(rest)))
    numbers.append(("Total", spend.currency, spend.by_month, spend.total, spend.total_before))
    currency_share = 0.08 if spend.is_converted else 0.0
    share = (0.72 - currency_share) / (len(period.months) + 3)
    divisor, unit = _scale([value for row in numbers for value in (*row[2], row[3], row[4])], share * SPEND_RIGHT.width)
    rows = [
        (
            name,
            *((currency,) if spend.is_converted else ()),
            *("" if value is None else whole(value / divisor) for value in by_month),
            whole(total / divisor),
            whole(before / divisor),
            change(total, before),
        )
        for name, currency, by_month, total, before in numbers
    ]
    columns = (
        Column("Service line", 0.28),
        *((Column("", currency_share),) if spend.is_converted else ()),
        *(Column(month(first), share, True) for first in period.months),
        Column("Total" if period.is_provisional else period.name, share, True),
        Column(period.year_before().label, share, True),
        Column("Change", share, True),
    )
    currency = "each in the currency of its invoices" if spend.is_converted else spend.currency
    return table(SPEND_RIGHT, f"By service line, {currency}{unit}", columns, rows, is_total=True)


def _common(lines: Sequence[LineSpend]) -> tuple[Decimal, Decimal]:
    zero = Decimal(0)
    return sum((line.total_common for line in lines), zero), sum((line.before_common for line in lines), zero)


def _scale(values: Sequence[Decimal | None], room: float) -> tuple[int, str]:
    """The least divisor with which every amount fits a column, and how to say it."""
    widest = [value for value in values if value is not None]
    for divisor, unit in ((1, ""), (1_000, ", in thousands")):
        if all(width(whole(value / divisor), TEXT, True) <= room - 2 * CELL_PADDING for value in widest):
            return divisor, unit
    return 1_000_000, ", in millions"


def hiring_slide(facts: Facts) -> Slide:
    """People started by month, and how long orders took."""
    hiring, period = facts.hiring, facts.period
    before = period.year_before().label
    subtitle = f"Placements started and job orders, {period.label} beside {before}"
    if not hiring.is_connected:
        text = "No job orders and placements have been recorded, so hires and times to fill cannot be shown."
        title = f"Hiring is not recorded for {period.label}."
        return slide(facts, "Hiring", title, subtitle, (words(FULL, text),), HIRING_NOTE)
    orders = table(
        RIGHT,
        "Hires and orders",
        (Column("", 0.52), Column(period.label, 0.24, True), Column(before, 0.24, True)),
        [
            ("People started", whole(hiring.hires), whole(hiring.hires_before)),
            ("Orders filled", whole(hiring.orders_filled), whole(hiring.orders_filled_before)),
            ("Days to fill, average", points(hiring.days_to_fill), points(hiring.days_to_fill_before)),
        ],
    )
    fulfilment = facts.service.of(queries.ORDER_FULFILMENT)
    opened = table(
        below(RIGHT, orders),
        "Demand",
        (Column("", 0.76), Column(period.label, 0.24, True)),
        [
            ("Orders opened", whole(hiring.orders_opened)),
            ("Positions they ask for", whole(hiring.openings)),
            ("Orders filled within their limit, of those due", of(fulfilment.met, fulfilment.events)),
        ],
    )
    return slide(facts, "Hiring", _hiring_sentence(facts), subtitle, (_hires(facts), orders, opened), HIRING_NOTE)


def _hiring_sentence(facts: Facts) -> str:
    hiring, period = facts.hiring, facts.period
    difference = hiring.hires - hiring.hires_before
    word = "more" if difference > 0 else "fewer"
    compared = f"{abs(difference):,} {word} than in" if difference else "as many as in"
    started = f"{count(hiring.hires, 'person', 'people') if hiring.hires else 'Nobody'} started in {period.label}"
    took = f"; an order took {days(hiring.days_to_fill)} to fill" if hiring.days_to_fill is not None else ""
    return f"{started}, {compared} {period.year_before().label}{took}."


def _hires(facts: Facts) -> Chart | Words:
    trend = facts.hiring.trend
    if not any(hires or earlier for _, hires, earlier in trend):
        return words(LEFT, f"Nobody started in the 24 months to {month(facts.period.last_month)}.")
    return Chart(
        LEFT,
        "People started by month",
        Kind.CLUSTERED,
        month_names([first for first, _, _ in trend]),
        (
            Series("A year before", tuple(earlier for _, _, earlier in trend), "neutral"),
            Series("Started", tuple(hires for _, hires, _ in trend), "total"),
        ),
        Format.COUNT,
    )


def service_slide(facts: Facts) -> Slide:
    """Every commitment with its events, the limits, how much of them was used, and what was missed."""
    service, period = facts.service, facts.period
    columns = (
        Column("", 0.4),
        Column("Met", 0.22, True),
        Column("Share", 0.16, True),
        Column(period.before(1).name, 0.22, True),
    )
    commitments = table(
        LEFT,
        f"Met, of those that fell due in {period.label}",
        columns,
        [_commitment_row(each) for each in service.commitments],
    )
    blocks: list[Block] = [commitments]
    if service.limits:
        limits = [
            (each.severity, f"under {hours(each.response_hours)}", f"under {hours(each.resolution_hours)}")
            for each in service.limits
        ]
        titles = (Column("Severity", 0.4), Column("First response", 0.3, True), Column("Resolution", 0.3, True))
        blocks.append(table(below(LEFT, commitments), "Limits of escalations, around the clock", titles, limits))
    room = RIGHT
    if service.escalations:
        blocks.append(_escalations(facts))
        used = ESCALATIONS_HEIGHT + 16
        room = Box(RIGHT.x, RIGHT.y + used, RIGHT.width, RIGHT.height - used)
    blocks.append(_misses(facts, room))
    subtitle = f"Events whose limit fell in {period.label}; times in UTC"
    return slide(facts, "Service levels", _service_sentence(facts), subtitle, blocks, SERVICE_NOTE)


def _service_sentence(facts: Facts) -> str:
    met, events = all_met(facts)
    missed, label = events - met, facts.period.label
    if not events:
        return f"No service commitment fell due in {label}."
    if not missed:
        return f"All {count(events, 'service commitment')} of {label} were met."
    were = "was" if missed == 1 else "were"
    return f"{of(met, events)} service commitments were met in {label}; {missed:,} {were} missed."


def _commitment_row(commitment: Commitment) -> tuple[str, ...]:
    before = of(commitment.met_before, commitment.events_before)
    name = COMMITMENT_NAMES[commitment.kpi]
    if not commitment.events:
        return name, "none due", "", before
    return name, of(commitment.met, commitment.events), percent(commitment.met / commitment.events), before


def _escalations(facts: Facts) -> Chart:
    """How much of its limits each escalation used; of many the longest."""
    escalations = facts.service.escalations
    worst = sorted(escalations, key=lambda each: -max(each.response_share or 0, each.resolution_share or 0))
    shown = sorted(worst[:MOST_ESCALATIONS], key=lambda each: (each.opened_at, each.reference))
    which = f", the {len(shown)} longest of {len(escalations)}" if len(shown) < len(escalations) else ""
    return Chart(
        Box(RIGHT.x, RIGHT.y, RIGHT.width, ESCALATIONS_HEIGHT),
        f"Escalations opened in {facts.period.label}{which}: time used, % of the limit",
        Kind.CLUSTERED,
        tuple(f"{fit(each.severity, 24, TEXT)}, {moment(each.opened_at)[:-6]}" for each in shown),
        (
            Series("Response", tuple(_float(each.response_share) for each in shown), "neutral"),
            Series("Resolution", tuple(_float(each.resolution_share) for each in shown), "total"),
        ),
        Format.SHARE,
        has_labels=True,
        limit=1.0,
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _misses(facts: Facts, room: Box) -> Table | Words:
    misses = facts.service.misses
    if not misses:
        return words(room, f"Nothing was missed in {facts.period.label}.")
    most = room_for_rows(room.height)
    shown = misses if len(misses) <= most else misses[: most - 1]
    rows = [_miss_row(miss) for miss in shown]
    if len(shown) < len(misses):
        rows.append((more(misses[len(shown) :]), "", "", "", ""))
    columns = (
        Column("Missed", 0.22),
        Column("Reference", 0.3),
        Column("Opened", 0.16, True),
        Column("Limit", 0.16, True),
        Column("Done", 0.16, True),
    )
    return table(room, "What was missed", columns, rows)


def _miss_row(miss: Miss) -> tuple[str, ...]:
    name = f"{MISS_NAMES[miss.kpi]}, {miss.severity}" if miss.severity else MISS_NAMES[miss.kpi]
    read = short_date if miss.kpi == queries.ORDER_FULFILMENT else moment
    opened, due, done = ("" if at is None else read(at) for at in (miss.opened_at, miss.due_at, miss.done_at))
    return name, miss.reference, opened, due, done or "not yet"
