"""One account manager in depth: score, attainment, handover-fair NRR, load, OKRs, and what was paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.dashboards import wording
from pipelines.dashboards.figures.level import Point, level_line
from pipelines.dashboards.figures.scorecards import bullet_bars, points_bars
from pipelines.dashboards.pages import managers_words as words
from pipelines.dashboards.pages import metric_words
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_goals import OKR_HEADINGS, load_cell, okr_row
from pipelines.dashboards.pages.managers_league import scorecard_row
from pipelines.dashboards.pages.managers_panels import (
    Card,
    bullet_of,
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
from pipelines.dashboards.pages.managers_rows import TREND_MONTHS, ManagerRows, kpi_attainment
from pipelines.dashboards.pages.managers_tiles import series_tile
from pipelines.dashboards.pages.view import Choice, Page, Panel, Table, Tile, number, text

Metrics = Mapping[str, Mapping[str, Any]]

RETENTION = """
    select month, nrr_cc::double as nrr_cc
    from marts.rpt_retention
    where segment = 'am' and segment_value = ? and window_months = 12 and month between ? and ?
"""
BALANCES = "select month, arr_cc::double as arr_cc from marts.rpt_portfolios where am_id = ? and month between ? and ?"
GREEN = """
    select month, value::double as value
    from marts.rpt_kpis
    where kpi = 'green_rate' and am_id = ? and month between ? and ?
"""


def card_page(context: Context, rows: ManagerRows, card: dict[str, Any], choices: tuple[Choice, ...]) -> Page:
    """The page of the AM whom `card` is about."""
    metrics = metrics_by_manager(rows.metrics).get(card["am_id"], {})
    panels = (
        _points(context, rows, card, metrics),
        _attainment(context, rows, card, metrics),
        _trend(rows, card),
        closed_panel(rows, {card["am_id"]: name_of(card)}, card["am_id"]),
        _okrs(rows, card),
        _load(context, rows, card),
        promotion_panel(context, rows, {card["am_id"]: name_of(card)}),
    )
    return Page(
        title=name_of(card),
        headline=_headline(card, metrics),
        subtitle=f"Account manager {name_of(card)}, scorecard of {wording.month(rows.month)}, "
        f"{context.units.constant}. {closed_words(rows)}",
        tiles=_tiles(context, rows, card, metrics),
        panels=tuple(panel for panel in panels if panel is not None),
        choices=choices,
    )


def _headline(card: Card, metrics: Metrics) -> str:
    if not words.is_rated(card):
        return f"{name_of(card)} is {words.rating_words(card)}."
    rating = words.rating_words(card)
    verb = "is rated unacceptable" if rating == "unacceptable" else rating
    first = f"{name_of(card)} {verb} with {words.score_points(card['score'])} of 100 points"
    lost = {name: row["weight"] - row["points"] for name, row in metrics.items() if row["points"] is not None}
    dearest = max(lost, key=lambda name: lost[name], default=None)
    if dearest is None or lost[dearest] <= 0:
        return f"{first}; every target is reached."
    points = lost[dearest] / (card["coverage_rate"] or 1) * 100
    return f"{first}; {words.SHORT.get(dearest, dearest)} costs the most, {wording.points(points)} points."


def _tiles(context: Context, rows: ManagerRows, card: Card, metrics: Metrics) -> tuple[Tile, ...]:
    am_id, month = card["am_id"], rows.month
    span = [am_id, wording.add_months(month, 1 - TREND_MONTHS), month]
    release = context.release
    scores = {day: score for day, am, score, *_ in rows.scores.iter_rows() if am == am_id}
    nrr, arr, green = (dict(release.rows(sql, span).rows()) for sql in (RETENTION, BALANCES, GREEN))
    attainment = kpi_attainment(release, am_id, month)
    fair = card["handover_fair_nrr_cc"]
    targets = {name: row["target"] for name, row in metrics.items()}
    rating = card["rating"] if words.is_rated(card) else None
    service = context.link("/service", am=am_id)
    return (
        series_tile(
            "score", "Score, points of 100", scores, month, words.score_points, 100,
            explain_link(context, "scorecard_score", am_id),
            band=words.RATINGS[rating][3] if rating else "",
            band_words=words.RATINGS[rating][0] if rating else "",
            note="" if rating else words.rating_words(card),
            beside=f"{wording.plain_percent(card['coverage_rate'] or 0)} of the weights measured",
        ),
        series_tile(
            "nrr", "Net revenue retention", nrr, month, wording.percent, 100, explain_link(context, "nrr_cc", am_id),
            beside=f"handover-fair {wording.percent(fair)}" if fair is not None else "",
            target=targets.get("nrr_cc"),
        ),
        series_tile(
            "arr", f"Portfolio ARR, {context.units.currency}", arr, month, wording.money, 0,
            explain_link(context, "arr_cc", am_id), beside=wording.count(card["clients"] or 0, "client"),
        ),
        series_tile(
            "green", "Green clients", green, month, wording.percent, 100, explain_link(context, "green_rate", am_id),
            target=targets.get("green_rate"),
        ),
        series_tile(
            "kpis", "KPIs met", attainment, month, wording.percent, 100, service, beside="of those with a target",
        ),
    )  # fmt: skip


def _points(context: Context, rows: ManagerRows, card: Card, metrics: Metrics) -> Panel:
    stack = stack_of(card, list(metrics.values()), "Score", "")
    gaps = sorted(minimums_of(rows), key=lambda minimum: minimum[1])
    score = (card["score"] or 0) * 100
    earned = sum(row["points"] for row in metrics.values() if row["points"] is not None)
    above = next(((name, points) for name, points in gaps if points > score), None)
    if card["score"] is None:
        title = "Nothing of the scorecard could be measured."
    elif above is None or not words.is_rated(card):
        title = f"The parts add up to {wording.points(score)} of 100 points."
    else:
        title = f"{wording.points(above[1] - score)} points are missing to “{above[0]}”."
    return Panel(
        key="points",
        span=12,
        title=title,
        subtitle=f"Points that add up to the score, {wording.month(rows.month)}; light = missing to 100",
        figure=points_bars([stack], minimums_of(rows)),
        narrow=points_bars([stack], minimums_of(rows), narrow=True),
        table=Table(
            ("Metric", "Actual", "Target", "Attained", "Weight", "Points"),
            tuple(
                scorecard_row(row, href=metric_link(context, name, card["am_id"])) for name, row in metrics.items()
            ),
            total=(
                text("Measured"), *(text(""),) * 3,
                number(wording.plain_percent(card["coverage_rate"] or 0), card["coverage_rate"]),
                number(words.score_points(earned), earned),
            ),
        ),
        is_table_open=True,
        remark=f"{_sum_words(card, earned)} {_not_measured(metrics)}".strip(),
    )  # fmt: skip


def _sum_words(card: Card, earned: float) -> str:
    """How the points in the table make the score."""
    if card["score"] is None:
        return ""
    coverage = wording.plain_percent(card["coverage_rate"])
    return f"Score {words.score_points(card['score'])} = {words.score_points(earned)} points / {coverage} measured."


def _not_measured(metrics: Metrics) -> str:
    missing = [metric_words.metric_title(name) for name, row in metrics.items() if row["points"] is None]
    return f"Without data: {', '.join(missing)}." if missing else ""


def _attainment(context: Context, rows: ManagerRows, card: Card, metrics: Metrics) -> Panel | None:
    if not metrics:
        return None
    bullets = [
        bullet_of(
            row,
            words.SHORT.get(name, name),
            metric_link(context, name, card["am_id"]),
        )
        for name, row in metrics.items()
    ]
    measured = [bullet for bullet in bullets if bullet.ratio is not None]
    reached = sum((bullet.ratio or 0) >= 1 for bullet in measured)
    return Panel(
        key="attainment",
        title=f"{reached} of {wording.count(len(measured), 'target')} {'is' if reached == 1 else 'are'} reached.",
        subtitle="Actual against target (line), all on one scale: part of the target reached; orange = below it",
        figure=bullet_bars([("", bullets)]),
        narrow=bullet_bars([("", bullets)], narrow=True),
        table=Table(
            ("Metric", "Actual", "Target", "Attained", "Weight", "Points"),
            tuple(scorecard_row(row) for row in metrics.values()),
        ),
    )


def _trend(rows: ManagerRows, card: Card) -> Panel:
    own = rows.scores.filter(pl.col("am_id") == card["am_id"])
    by_month = {row["month"]: row for row in own.to_dicts()}
    subtitle = f"Score by month, points of 100, {TREND_MONTHS} months; hollow = not rated, too little data"
    points = []
    for back in range(TREND_MONTHS - 1, -1, -1):
        month = wording.add_months(rows.month, -back)
        row = by_month.get(month)
        score = None if row is None or row["score"] is None else row["score"] * 100
        detail = words.rating_words(row) if row else ""
        points.append(Point(wording.month(month), score, detail, is_sure=bool(row) and words.is_rated(row or {})))
    known = [point for point in points if point.value is not None]
    if not known:
        return Panel("trend", "No score is known yet.", subtitle, empty="Nothing of the scorecard could be measured.")
    limits = [(name, points_of) for name, points_of in minimums_of(rows) if points_of > 0]
    low = min([*(point.value or 0 for point in known), *(value for _, value in limits)]) - 6
    value_range = (max(low, -2), 104)
    months_good = sum(bool(row["rating"] in ("exceeds", "meets")) for row in by_month.values())
    return Panel(
        key="trend",
        title=f"{months_good} of the last {wording.count(len(by_month), 'month')} met expectations or better.",
        subtitle=subtitle,
        figure=level_line(points, wording.points, limits, value_range),
        narrow=level_line(points, wording.points, limits, value_range, narrow=True),
        table=Table(
            ("Month", "Score", "Rating", "Weights measured"),
            tuple(
                (
                    text(wording.month(row["month"])),
                    score_cell(row["score"]),
                    text(words.rating_words(row)),
                    number(wording.plain_percent(row["coverage_rate"] or 0), row["coverage_rate"]),
                )
                for row in own.sort("month", descending=True).to_dicts()
            ),
        ),
    )


def _load(context: Context, rows: ManagerRows, card: Card) -> Panel:
    subtitle = f"Portfolio against its ranges, {wording.month(rows.month)}; ARR in {context.units.currency}"
    if card["clients"] is None:
        return Panel("load", "No client with revenue is theirs.", subtitle, empty="There is no load to measure.")
    outside = [measure for measure in words.MEASURES if card[f"{measure}_range"] in ("above", "below")]
    title = (
        f"{len(outside)} of {len(words.MEASURES)} measures of load are outside their range."
        if outside
        else "The load is within every range."
    )
    return Panel(
        key="load",
        span=12 if rows.promotion is None else 6,
        title=title,
        subtitle=subtitle,
        table=Table(
            ("Measure", "Value", "Range", "Place"),
            tuple(
                (
                    text(label),
                    number(words.measure_value(measure, card[measure]), card[measure]),
                    text(words.range_words(measure, rows.ranges.get(measure)) or "none set"),
                    text(card[f"{measure}_range"] or wording.NOT_AVAILABLE, *_place(measure, card)),
                )
                for measure, label in words.MEASURES.items()
            ),
        ),
        is_table_open=True,
    )


def _place(measure: str, card: Card) -> tuple[str, str]:
    cell = load_cell(measure, card)
    return cell.tone, cell.mark


def _okrs(rows: ManagerRows, card: Card) -> Panel:
    quarter = wording.quarter(rows.month)
    found = rows.okrs.filter(pl.col("am_id") == card["am_id"]).to_dicts()
    subtitle = f"Objectives and key results of {quarter}, computed to {wording.month(rows.month)} or later"
    if not found:
        why = "No targets with a quarter were landed for this account manager."
        return Panel("okrs", f"No objective is set for {quarter}.", subtitle, empty=why, span=12)
    reached = sum((row["progress"] or 0) >= 1 for row in found)
    return Panel(
        key="okrs",
        title=f"{reached} of {wording.count(len(found), 'key result')} of {quarter} "
        f"{'is' if reached == 1 else 'are'} reached.",
        subtitle=subtitle,
        span=12,
        table=Table(OKR_HEADINGS, tuple(okr_row(row) for row in found)),
        is_table_open=True,
        remark="A key result is the metric's own figure, never typed in.",
    )
