"""From facts to a deck: cover, the quarter at a glance, and the order of the slides.

Both formats draw these slides, so a number stands here once. Every title is a sentence about the data.
"""

import datetime as dt

from pipelines.dashboards.wording import NOT_AVAILABLE, count, date, month
from pipelines.qbr.content_account import feedback_slide, nps_words, relationship_slide
from pipelines.qbr.content_agenda import actions_slide, next_slide, value_slide
from pipelines.qbr.content_work import all_met, basis, hiring_slide, service_slide, spend_sentence, spend_slide
from pipelines.qbr.deck import (
    FULL,
    NUMBER,
    TEXT,
    TILE_GAP,
    TILE_PADDING,
    Box,
    Column,
    Cover,
    Deck,
    Slide,
    Table,
    Tile,
    Tiles,
)
from pipelines.qbr.facts import Facts
from pipelines.qbr.frame import footer_of, slide
from pipelines.qbr.text import fit, width, wrap
from pipelines.qbr.words import amount, change, days, of, table, whole

TILES_A_ROW = 3
TILE_HEIGHT = 108.0
OLD_ACTION_DAYS = 60  # the second of the action registry's two limits
MOST_POINTS = 3
COVER_SIZES = (44, 36, 28)
COVER_LINES = 3


def deck_of(facts: Facts) -> Deck:
    """The whole review."""
    run, client, period = facts.run, facts.client, facts.period
    created_at = run.published_at or dt.datetime.combine(run.as_of_on, dt.time(), dt.UTC)
    mark = None
    if period.is_provisional:
        mark = f"PROVISIONAL: {period.name} still runs; {period.months_label} only"
    return Deck(
        f"{client.name}: business review {period.name}",
        client.am_name or "Account management",
        created_at,
        cover_of(facts),
        (
            glance_slide(facts),
            spend_slide(facts),
            hiring_slide(facts),
            service_slide(facts),
            feedback_slide(facts),
            relationship_slide(facts),
            value_slide(facts),
            actions_slide(facts),
            next_slide(facts),
        ),
        mark,
    )


def cover_of(facts: Facts) -> Cover:
    room = FULL.width
    name = facts.client.name
    size = next((size for size in COVER_SIZES if width(name, size, True) <= COVER_LINES * room * 0.9), COVER_SIZES[-1])
    details = [
        f"{facts.period.name}: {facts.period.months_label}",
        f"Figures as of {date(facts.run.as_of_on)}",
    ]
    if facts.client.am_name:
        details.insert(1, fit(f"Prepared by {facts.client.am_name}", room, 16))
    return Cover(
        wrap(name, room, size, COVER_LINES, True),
        size,
        "Quarterly business review",
        tuple(details),
        footer_of(facts, ""),
    )


def glance_slide(facts: Facts) -> Slide:
    """Six numbers and what to talk about."""
    period = facts.period
    tiles = [
        _fitted(tile)
        for tile in (_spend(facts), _hires(facts), _service(facts), _nps(facts), _savings(facts), _actions(facts))
    ]
    rows = [
        Tiles(
            Box(FULL.x, FULL.y + place // TILES_A_ROW * (TILE_HEIGHT + TILE_GAP), FULL.width, TILE_HEIGHT),
            tuple(tiles[place : place + TILES_A_ROW]),
        )
        for place in range(0, len(tiles), TILES_A_ROW)
    ]
    met, events = all_met(facts)
    service = f"{of(met, events)} service commitments were met" if events else "no service commitment fell due"
    return slide(
        facts,
        "The quarter at a glance",
        f"{spend_sentence(facts)}; {service}.",
        f"{period.label} beside {period.year_before().label}; what is open is as of {date(facts.run.as_of_on)}",
        (*rows, _to_talk_about(facts)),
        "Spend: revenue recognised by day of service, net of tax. NPS: % of answers 9-10 minus % of 0-6.",
    )


def _fitted(tile: Tile) -> Tile:
    room = (FULL.width - (TILES_A_ROW - 1) * TILE_GAP) / TILES_A_ROW - 2 * TILE_PADDING
    details = tuple(fit(detail, room, TEXT) for detail in tile.detail)
    return Tile(fit(tile.label, room, TEXT), fit(tile.value, room, NUMBER, True), details)


def _spend(facts: Facts) -> Tile:
    spend, before = facts.spend, facts.period.year_before().label
    base = amount(spend.currency, spend.total_before)
    return Tile(
        "Spend",
        amount(spend.currency, spend.total),
        (f"{change(spend.total, spend.total_before)} on {before} ({base})", basis(facts, spend)),
    )


def _hires(facts: Facts) -> Tile:
    hiring = facts.hiring
    if not hiring.is_connected:
        return Tile("People started", NOT_AVAILABLE, ("job orders and placements are not recorded",))
    fill = f"{days(hiring.days_to_fill)} to fill an order, on average" if hiring.days_to_fill else "no order was filled"
    return Tile(
        "People started",
        whole(hiring.hires),
        (f"{whole(hiring.hires_before)} in {facts.period.year_before().label}", fill),
    )


def _service(facts: Facts) -> Tile:
    commitments = facts.service.commitments
    before = of(sum(each.met_before for each in commitments), sum(each.events_before for each in commitments))
    return Tile(
        "Service commitments met",
        of(*all_met(facts)),
        (f"{before} in {facts.period.before(1).name}", "responses, resolutions, filled orders that fell due"),
    )


def _nps(facts: Facts) -> Tile:
    return Tile("Would you recommend us? (NPS)", *nps_words(facts))


def _savings(facts: Facts) -> Tile:
    savings, last = facts.savings, month(facts.period.last_month)
    _, planned, delivered = savings.quarters[-1]
    if not savings.rows:
        return Tile("Savings delivered", "none recorded", (f"in the 12 months to {last}",))
    return Tile(
        "Savings delivered",
        amount(savings.currency, delivered),
        (
            f"of {amount(savings.currency, planned)} planned",
            f"{amount(savings.currency, savings.delivered_12m)} over 12 months to {last}",
        ),
    )


def _actions(facts: Facts) -> Tile:
    actions, today = facts.actions, date(facts.run.as_of_on)
    if not actions.is_connected:
        return Tile("Open actions", NOT_AVAILABLE, ("no action registry is recorded",))
    oldest = f"the oldest for {days(actions.open_items[0].age_days)}" if actions.open_items else "nothing is open"
    return Tile(
        "Open actions",
        whole(len(actions.open_items)),
        (f"{oldest}, as of {today}", f"{actions.closed:,} closed in {facts.period.label}"),
    )


def _to_talk_about(facts: Facts) -> Table:
    """What the numbers ask for, then empty rows."""
    points = []
    met, events = all_met(facts)
    if met < events:
        points.append(f"{count(events - met, 'missed service commitment')}: cause, and what is done about it")
    old = [item for item in facts.actions.open_items if item.age_days > OLD_ACTION_DAYS]
    if old:
        points.append(f"{count(len(old), 'action')} open for more than {OLD_ACTION_DAYS} days")
    if facts.renewals:
        first = facts.renewals[0]
        points.append(f"{count(len(facts.renewals), 'contract')} to renew, the first by {date(first.ends_on)}")
    rows = [(point, "") for point in points] + [("", "")] * (MOST_POINTS - len(points))
    box = Box(FULL.x, FULL.y + 2 * (TILE_HEIGHT + TILE_GAP), FULL.width, 0)
    return table(box, "To talk about", (Column("Point", 0.6), Column("Answer", 0.4)), rows)
