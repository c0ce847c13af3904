"""The slides to talk and to write on: value delivered, open actions, the next quarter."""

from collections.abc import Sequence
from decimal import Decimal

from pipelines.dashboards.wording import NOT_AVAILABLE, count, date, month, percent
from pipelines.qbr.deck import FULL, LEFT, RIGHT, Block, Box, Chart, Column, Format, Kind, Series, Slide, Table, Words
from pipelines.qbr.facts import Facts
from pipelines.qbr.frame import slide
from pipelines.qbr.words import amount, below, days, more, of, room_for_rows, short_date, table, whole, words

EMPTY_ROWS = 3
LEAST_ROWS = 10
AGREED_ROWS = 8
TALL, TALLER = 24.0, 32.0  # rows that somebody writes into
AHEAD = Box(FULL.x, FULL.y, 452, FULL.height)
AGREED = Box(FULL.x + 484, FULL.y, FULL.width - 484, FULL.height)
MOST_RENEWALS = 6
VALUE_NOTE = "Savings as recorded in the savings register, by the month they are recorded for."


def value_slide(facts: Facts) -> Slide:
    """Savings planned and delivered, and what else was delivered."""
    savings, period = facts.savings, facts.period
    last = month(period.last_month)
    if not savings.rows:
        title = f"No savings are recorded in the 12 months to {last}."
        subtitle = "Savings register: no planned and no delivered amount"
        return slide(facts, "Value delivered", title, subtitle, (_also(facts, LEFT),), VALUE_NOTE)
    quarters = [(quarter.label, planned, delivered) for quarter, planned, delivered in savings.quarters]
    rows = [
        (label, whole(planned), whole(delivered), _rate(planned, delivered))
        for label, planned, delivered in (
            *reversed(quarters),
            (f"12 months to {last}", savings.planned_12m, savings.delivered_12m),
        )
    ]
    columns = (
        Column("", 0.34),
        Column("Planned", 0.22, True),
        Column("Delivered", 0.22, True),
        Column("Share", 0.22, True),
    )
    caption = f"Savings by quarter, {savings.currency}"
    by_quarter = table(RIGHT, caption, columns, rows, is_total=True)
    chart = Chart(
        LEFT,
        caption,
        Kind.CLUSTERED,
        tuple(label for label, _, _ in quarters),
        (
            Series("Planned", tuple(float(planned) for _, planned, _ in quarters), "neutral"),
            Series("Delivered", tuple(float(delivered) for _, _, delivered in quarters), "total"),
        ),
        Format.AMOUNT,
    )
    unit = f"in {savings.currency}, as recorded"
    if savings.is_converted:
        unit = f"all currencies in {savings.currency} at rates of {date(facts.run.fx_baseline_on)}"
    blocks = (chart, by_quarter, _also(facts, below(RIGHT, by_quarter)))
    subtitle = f"Savings planned and delivered, {unit}"
    return slide(facts, "Value delivered", _value_sentence(facts), subtitle, blocks, VALUE_NOTE)


def _value_sentence(facts: Facts) -> str:
    savings, period = facts.savings, facts.period
    _, planned, delivered = savings.quarters[-1]
    title = f"No savings are recorded for {period.label}"
    if planned or delivered:
        share = f", {_rate(planned, delivered)} of plan" if planned > 0 else ""
        title = f"{amount(savings.currency, delivered)} of savings were delivered in {period.label}{share}"
    year = amount(savings.currency, savings.delivered_12m)
    return f"{title}; {year} over the 12 months to {month(period.last_month)}."


def _rate(planned: Decimal, delivered: Decimal) -> str:
    return percent(delivered / planned) if planned > 0 else NOT_AVAILABLE


def _also(facts: Facts, box: Box) -> Table:
    hiring, projects = facts.hiring, facts.projects
    return table(
        box,
        "Also delivered",
        (Column("", 0.66), Column(facts.period.label, 0.34, True)),
        [
            ("People started", whole(hiring.hires) if hiring.is_connected else NOT_AVAILABLE),
            ("Job orders filled", whole(hiring.orders_filled) if hiring.is_connected else NOT_AVAILABLE),
            (
                "Projects delivered on time, of those due",
                of(projects.met, projects.events) if projects.events else "none due",
            ),
        ],
    )


def actions_slide(facts: Facts) -> Slide:
    """The open items with their age; what, who and due are for people to write."""
    actions, items = facts.actions, facts.actions.open_items
    columns = (
        Column("Action", 0.16),
        Column("What", 0.36),
        Column("Who", 0.16),
        Column("Due", 0.12),
        Column("Added", 0.1, True),
        Column("Open for", 0.1, True),
    )
    most = room_for_rows(FULL.height, TALL) - EMPTY_ROWS
    shown = items if len(items) <= most else items[: most - 1]
    rows = [(item.reference, "", "", "", short_date(item.added_on), days(item.age_days)) for item in shown]
    if len(shown) < len(items):
        rows.append((more(items[len(shown) :]), "", "", "", "", ""))
    rows += [("",) * 6] * max(EMPTY_ROWS, LEAST_ROWS - len(rows))
    today = date(facts.run.as_of_on)
    title = "No action registry is recorded."
    if actions.is_connected:
        title = f"{_open_sentence(facts)}; {actions.closed:,} closed, {actions.added:,} added in {facts.period.label}."
    return slide(
        facts,
        "Open actions",
        title,
        f"Action registry as of {today}. It holds no text, owner or due date: fill these in",
        (table(FULL, "Open actions, the oldest first", columns, rows, row_height=TALL),),
        "Open: added and not closed by that day. Age in calendar days.",
    )


def _open_sentence(facts: Facts) -> str:
    items = facts.actions.open_items
    if not items:
        return "No action is open"
    return f"{count(len(items), 'action is', 'actions are')} open, the oldest for {days(items[0].age_days)}"


def next_slide(facts: Facts) -> Slide:
    """What ends, what is open, and rows for what both sides agree on."""
    today, hiring = date(facts.run.as_of_on), facts.hiring
    ends = f"No contract ends in the {facts.renewal_days_ahead} days after {today}"
    if facts.renewals:
        ending = count(len(facts.renewals), "contract ends", "contracts end")
        ends = f"{ending} in the {facts.renewal_days_ahead} days after {today}"
    renewals = _renewals(facts) if facts.renewals else words(AHEAD, f"{ends}.")
    blocks: list[Block] = [renewals]
    orders = ""
    if hiring.is_connected:
        open_orders = (
            count(len(facts.open_orders), "job order is", "job orders are") if facts.open_orders else "no job order is"
        )
        orders = f"; {open_orders} open"
        blocks.append(_orders(facts, below(AHEAD, renewals)))
    agreed = (Column("What", 0.54), Column("Who", 0.26), Column("Due", 0.2))
    caption = f"Agreed for {facts.period.next_name}"
    blocks.append(table(AGREED, caption, agreed, [("",) * 3] * AGREED_ROWS, row_height=TALLER))
    return slide(
        facts,
        "Next quarter",
        f"{ends}{orders}.",
        f"What lies ahead as of {today}; the rows on the right are to be filled in together",
        blocks,
        "Contract values as signed, in the contract's currency. Started: people who started on the order so far.",
    )


def _renewals(facts: Facts) -> Table:
    columns = (
        Column("Contract", 0.32),
        Column("Ends", 0.15, True),
        Column("Days", 0.09, True),
        Column("Value", 0.26, True),
        Column("Next step", 0.18),
    )
    shown = facts.renewals if len(facts.renewals) <= MOST_RENEWALS else facts.renewals[: MOST_RENEWALS - 1]
    rows: list[tuple[str, ...]] = [
        (
            each.reference,
            short_date(each.ends_on),
            whole(each.days_to_end),
            NOT_AVAILABLE if each.value is None else f"{each.currency or ''} {whole(each.value)}",
            "",
        )
        for each in shown
    ]
    rows += _rest(facts.renewals, shown, columns)
    return table(AHEAD, "Contracts that end soon", columns, rows)


def _orders(facts: Facts, room: Box) -> Table | Words:
    orders = facts.open_orders
    if not orders:
        return words(room, f"No job order is open as of {date(facts.run.as_of_on)}.")
    columns = (
        Column("Job order", 0.34),
        Column("Opened", 0.22, True),
        Column("Positions", 0.22, True),
        Column("Started", 0.22, True),
    )
    most = room_for_rows(room.height)
    shown = orders if len(orders) <= most else orders[: most - 1]
    rows = [
        (each.reference, short_date(each.opened_on), whole(each.openings), whole(each.placed)) for each in shown
    ] + _rest(orders, shown, columns)
    return table(room, "Open job orders", columns, rows)


def _rest(all_: Sequence[object], shown: Sequence[object], columns: Sequence[Column]) -> list[tuple[str, ...]]:
    """A last row that says how many are left out."""
    left_out = all_[len(shown) :]
    return [(more(left_out), *[""] * (len(columns) - 1))] if left_out else []
