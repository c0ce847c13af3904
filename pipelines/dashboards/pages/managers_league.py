"""The league of account managers: scorecards side by side, ordered by the ARR in their hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.pairs import Pair, rate_pairs
from pipelines.dashboards.figures.scorecards import bullet_bars, points_bars
from pipelines.dashboards.figures.sparkline import sparkline
from pipelines.dashboards.pages import managers_words as words
from pipelines.dashboards.pages import metric_words
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_goals import load_panel, okrs_panel
from pipelines.dashboards.pages.managers_panels import (
    MOST_DRAWN,
    Card,
    bullet_of,
    card_link,
    closed_panel,
    closed_words,
    explain_link,
    metric_link,
    metrics_by_manager,
    minimums_of,
    name_of,
    score_cell,
    stack_of,
)
from pipelines.dashboards.pages.managers_promotion import promotion_panel
from pipelines.dashboards.pages.managers_rows import ManagerRows
from pipelines.dashboards.pages.managers_scope import Scope, segment_notice
from pipelines.dashboards.pages.view import Cell, Choice, Page, Panel, Switch, Table, number, text

ORDERS = {"": "Most ARR first", "score": "Lowest score first"}
TREND_MONTHS = 12
UNEVEN = 0.005  # half a percentage point between plain and fair NRR is worth a word


def league_page(context: Context, rows: ManagerRows, scope: Scope, choices: tuple[Choice, ...]) -> Page:
    """The page of all account managers the reader sees."""
    cards = _ordered(rows.cards, context.question.extra.get("order", ""))
    month = wording.month(rows.month)
    if not cards:
        why = f"No account manager had a client with revenue in {month}."
        return Page("Account managers", "There is no scorecard to show.", "", empty=why, choices=choices)
    panels = (
        _league(context, rows, cards),
        _points(context, rows, cards),
        _attainment(context, rows, cards),
        closed_panel(rows, scope.names),
        _fair(context, rows, cards),
        okrs_panel(context, rows, cards),
        load_panel(context, rows, cards),
        promotion_panel(context, rows, {card["am_id"]: name_of(card) for card in cards}),
    )
    return Page(
        title="Account managers",
        headline=_headline(context, cards),
        subtitle=f"{scope.words}, scorecards of {month}, ARR in {context.units.constant}. {closed_words(rows)}",
        panels=tuple(panel for panel in panels if panel is not None),
        choices=choices,
        notice=segment_notice(context),
    )


def _ordered(cards: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """`cards` come with the most ARR first; by score, those without one come last."""
    if order != "score":
        return cards
    return sorted(cards, key=lambda card: (card["score"] is None, card["score"] or 0.0, -(card["arr_cc"] or 0)))


def _headline(context: Context, cards: list[dict[str, Any]]) -> str:
    rated = [card for card in cards if words.is_rated(card)]
    if not rated:
        return "No account manager can be rated yet: too little could be measured."
    short = [card for card in rated if not card["is_meets_or_better"]]
    good = f"{len(rated) - len(short)} of {wording.count(len(rated), 'rated account manager')}"
    verb = "meets" if len(rated) - len(short) == 1 else "meet"
    if not short:
        return f"{good} {verb} expectations or better."
    arr = sum((card["arr_cc"] or Decimal(0) for card in short), Decimal(0))
    others = "the other holds" if len(short) == 1 else f"the other {len(short)} hold"
    return f"{good} {verb} expectations or better; {others} {wording.money(arr)} {context.units.currency} of ARR."


def _league(context: Context, rows: ManagerRows, cards: list[dict[str, Any]]) -> Panel:
    trends: dict[str, dict[Any, float | None]] = {}
    for month, am_id, score, *_ in rows.scores.iter_rows():
        trends.setdefault(am_id, {})[month] = score
    months = [wording.add_months(rows.month, -back) for back in range(TREND_MONTHS - 1, -1, -1)]
    largest = max((float(card["arr_cc"] or 0) for card in cards), default=0.0) or 1.0
    total = sum((card["arr_cc"] or Decimal(0) for card in cards), Decimal(0))
    clients = sum(card["clients"] or 0 for card in cards)
    lowest = min((card for card in cards if words.is_rated(card)), key=lambda card: card["score"], default=None)
    title = (
        f"{name_of(lowest)} has the lowest score, {words.score_points(lowest['score'])} of 100 points: "
        f"{words.rating_words(lowest)}."
        if lowest
        else "No score could be rated."
    )
    order = context.question.extra.get("order", "")
    return Panel(
        key="league",
        span=12,
        title=title,
        subtitle=f"Scorecard of each account manager, points of 100, {wording.month(rows.month)}; "
        f"ARR in {context.units.currency}, {context.units.constant}",
        switches=tuple(
            Switch(label, context.link("/account-managers", order=key or None), order == key)
            for key, label in ORDERS.items()
        ),
        table=Table(
            ("Account manager", "Score", "Rating", "ARR", "Clients", "On last month", "12 months", "Measured"),
            tuple(
                _league_row(context, card, trends.get(card["am_id"], {}) if index < MOST_DRAWN else {}, months, largest)
                for index, card in enumerate(cards)
            ),
            total=(
                text("All"), text(""), text(""), number(wording.money(total), total),
                number(f"{clients:,}", clients), *(text(""),) * 3,
            ),
        ),
        is_table_open=True,
        remark="Measured: the part of the scorecard's weights that had data; the score is of that part.",
    )  # fmt: skip


def _league_row(context: Context, card: Card, trend: Mapping[Any, float | None], months: list, largest: float) -> tuple:
    mark, tone = words.rating_mark(card)
    change = None if card["score"] is None or card["previous_score"] is None else card["score"] - card["previous_score"]
    tone_of_change = "" if change is None or abs(change) < 5e-7 else "good" if change > 0 else "bad"
    values = [trend.get(month) for month in months]
    drawing = sparkline(values, f"score over {TREND_MONTHS} months to {words.score_points(card['score'])}")
    href = explain_link(context, "scorecard_score", card["am_id"])
    score = score_cell(card["score"], tone)
    arr = card["arr_cc"]
    return (
        text(name_of(card), href=card_link(context, card["am_id"])),
        Cell(score.text, score.raw, is_number=True, share=score.share, tone=tone, href=href),
        text(wording.sentence_case(words.rating_words(card)), tone, mark),
        number(wording.money(arr or 0), arr, float(arr or 0) / largest, "reported"),
        number(f"{card['clients'] or 0:,}", card["clients"]),
        number(wording.points(None if change is None else change * 100, sign=True), change, tone=tone_of_change),
        Cell("", "", drawing=drawing),
        number(wording.plain_percent(card["coverage_rate"] or 0), card["coverage_rate"]),
    )


def _first(cards: Sequence[object]) -> str:
    """Said under a figure that does not show them all."""
    return f"The first {MOST_DRAWN} of {len(cards)}; the table has all." if len(cards) > MOST_DRAWN else ""


def _points(context: Context, rows: ManagerRows, cards: list[dict[str, Any]]) -> Panel:
    metrics = metrics_by_manager(rows.metrics)
    stacks = [
        stack_of(card, list(metrics.get(card["am_id"], {}).values()), name_of(card), card_link(context, card["am_id"]))
        for card in cards
    ]
    order = list(dict.fromkeys(rows.metrics["metric"].to_list()))
    lost = {
        metric: sum(
            row["weight"] - row["points"] for row in rows.metrics.to_dicts()
            if row["metric"] == metric and row["points"] is not None
        )
        for metric in order
    }  # fmt: skip
    dearest = max(lost, key=lambda metric: lost[metric], default=None)
    title = (
        f"{metric_words.metric_title(dearest)} costs the most points: {lost[dearest] * 100 / len(cards):.1f} "
        "of 100 for each account manager on average."
        if dearest and lost[dearest] > 0
        else "Every metric that was measured gave all its points."
    )
    return Panel(
        key="points",
        span=12,
        title=title,
        subtitle="Points that add up to the score, by metric; light = missing to 100; hollow = not rated",
        figure=points_bars(stacks[:MOST_DRAWN], minimums_of(rows)),
        narrow=points_bars(stacks[:MOST_DRAWN], minimums_of(rows), narrow=True),
        table=Table(
            ("Account manager", *(metric_words.metric_title(metric) for metric in order), "Score"),
            tuple(
                (
                    text(name_of(card)),
                    *(_points_cell(metrics.get(card["am_id"], {}).get(metric), card) for metric in order),
                    score_cell(card["score"]),
                )
                for card in cards
            ),
        ),
        remark=f"Where a metric could not be measured, the others share its weight. {_first(cards)}".strip(),
    )


def _points_cell(row: Mapping[str, Any] | None, card: Card) -> Cell:
    if row is None or row["points"] is None or not card["coverage_rate"]:
        return number(wording.NOT_AVAILABLE, None)
    points = row["points"] / card["coverage_rate"] * 100
    return number(wording.points(points), points)


def _attainment(context: Context, rows: ManagerRows, cards: list[dict[str, Any]]) -> Panel | None:
    metrics = metrics_by_manager(rows.metrics)
    order = list(dict.fromkeys(rows.metrics["metric"].to_list()))
    if not order:
        return None
    targets = {row["metric"]: row["target"] for row in rows.metrics.to_dicts()}
    groups = [
        (
            f"<b>{words.SHORT.get(metric, metric)}</b>  target {metric_words.metric_target(metric, targets[metric])}",
            [
                bullet_of(
                    metrics.get(card["am_id"], {}).get(metric), name_of(card),
                    metric_link(context, metric, card["am_id"]),
                )
                for card in cards
            ],
        )
        for metric in order
    ]  # fmt: skip
    drawn = [(heading, bullets[:MOST_DRAWN]) for heading, bullets in groups]
    missed = {
        metric: sum(1 for bullet in bullets if bullet.ratio is not None and bullet.ratio < 1)
        for metric, (_, bullets) in zip(order, groups, strict=True)
    }
    worst = max(missed, key=lambda metric: missed[metric])
    return Panel(
        key="attainment",
        span=12,
        title=f"{metric_words.metric_title(worst)} is below target for {missed[worst]} of {len(cards)}."
        if missed[worst]
        else "Everybody is on target in everything that was measured.",
        subtitle="Actual against target (line), all on one scale: part of the target reached; orange = below it",
        figure=bullet_bars(drawn),
        narrow=bullet_bars(drawn, narrow=True),
        remark=_first(cards),
        table=Table(
            ("Account manager", "Metric", "Actual", "Target", "Attained", "Weight", "Points"),
            tuple(
                scorecard_row(row, text(name_of(card)))
                for card in cards
                for row in metrics.get(card["am_id"], {}).values()
            ),
        ),
    )


def scorecard_row(row: Mapping[str, Any], *heads: Cell, href: str = "") -> tuple[Cell, ...]:
    """A metric of a scorecard as table cells after `heads`."""
    metric, points = row["metric"], row["points"]
    return (
        *heads,
        text(metric_words.metric_title(metric), href=href),
        number(metric_words.metric_value(metric, row["actual"]), row["actual"]),
        number(metric_words.metric_target(metric, row["target"]), row["target"]),
        number(wording.percent(row["attainment"]), row["attainment"]),
        number(wording.plain_percent(row["weight"]), row["weight"]),
        number(words.score_points(points), points),
    )


def _fair(context: Context, rows: ManagerRows, cards: list[dict[str, Any]]) -> Panel:
    known = [card for card in cards if card["nrr_cc"] is not None]
    subtitle = "Net revenue retention (solid) and handover-fair (hollow), 12 months, constant currency"
    if not known:
        why = f"Needs 12 months of history before {wording.month(rows.month)}."
        return Panel("fair", "NRR by account manager cannot be measured yet.", subtitle, empty=why)
    both = [card for card in known if card["handover_fair_nrr_cc"] is not None]
    uneven = max(both, key=lambda card: abs(card["handover_fair_nrr_cc"] - card["nrr_cc"]), default=None)
    gap = uneven["handover_fair_nrr_cc"] - uneven["nrr_cc"] if uneven else 0.0
    title = (
        f"Judged by what they owned at the time, {name_of(uneven)} is {wording.points(abs(gap) * 100)} points "
        f"{'higher' if gap > 0 else 'lower'}."
        if uneven and abs(gap) >= UNEVEN
        else "Handovers hardly change anybody's NRR."
    )
    target = next((row["target"] for row in rows.metrics.to_dicts() if row["metric"] == "nrr_cc"), None)
    pairs = [
        Pair(name_of(card), card["nrr_cc"], card["handover_fair_nrr_cc"], card_link(context, card["am_id"]))
        for card in known[:MOST_DRAWN]
    ]
    return Panel(
        key="fair",
        title=title,
        subtitle=subtitle,
        figure=rate_pairs(pairs, target),
        narrow=rate_pairs(pairs, target, narrow=True),
        table=Table(
            ("Account manager", "NRR", "Handover-fair NRR", "ARR at start", "Inherited of it", "Clients at start"),
            tuple(
                (
                    text(name_of(card)),
                    number(wording.percent(card["nrr_cc"]), card["nrr_cc"]),
                    number(wording.percent(card["handover_fair_nrr_cc"]), card["handover_fair_nrr_cc"]),
                    *(
                        number(wording.exact_money(card[field]), card[field])
                        for field in ("start_arr_cc", "inherited_start_arr_cc")
                    ),
                    number(f"{card['clients_start']:,}", card["clients_start"]),
                )
                for card in known
            ),
        ),
        remark="Handover-fair multiplies the months in which each client was theirs; "
        "NRR counts today's clients over the whole year. " + _first(known),
    )
