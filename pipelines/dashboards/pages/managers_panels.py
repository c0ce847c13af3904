"""Panels that the league and the card of one account manager share: points, attainment, what was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.scorecards import Bullet, Stack
from pipelines.dashboards.pages import managers_words as words
from pipelines.dashboards.pages import metric_words
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_rows import ManagerRows
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text

if TYPE_CHECKING:
    import polars as pl

Card = Mapping[str, Any]
MOST_DRAWN = 40  # account managers in a figure; tables hold them all
TOLERANCE = 5e-7  # scores are published with six decimals


def name_of(card: Card) -> str:
    return card["am_name"] or card["am_id"]


def card_link(context: Context, am_id: str) -> str:
    return context.link("/account-managers", am=am_id, order=None)


def explain_link(context: Context, metric: str, am_id: str) -> str:
    """Where a number of an AM is explained, with the month it is of."""
    return context.link(f"/explain/{metric}", am=am_id, month=f"{context.month:%Y-%m}", order=None)


def metric_link(context: Context, metric: str, am_id: str) -> str:
    """A metric with the scorecard's own reading (several months or quarters) is explained with the scorecard."""
    return explain_link(context, metric if metric in words.OWN_EXPLANATION else "scorecard_score", am_id)


def stack_of(card: Card, metrics: Sequence[Mapping[str, Any]], name: str, href: str) -> Stack:
    """The AM's points as parts of the score: of the weights measured, so that they add up to it."""
    coverage = card["coverage_rate"] or 0.0
    measured = [row for row in metrics if row["points"] is not None]
    parts = tuple(
        (words.SHORT.get(row["metric"], row["metric"]), 100 * row["points"] / coverage, 100 * row["weight"] / coverage)
        for row in measured
        if coverage
    )
    return Stack(name, parts, None if card["score"] is None else 100 * card["score"], words.is_rated(card), href)


def bullet_of(row: Mapping[str, Any] | None, name: str, href: str) -> Bullet:
    """A metric of the scorecard against its target."""
    if row is None or row["actual"] is None or not row["target"]:
        return Bullet(name, None, wording.NOT_AVAILABLE, "", href)
    actual, target = (
        metric_words.metric_value(row["metric"], row["actual"]),
        metric_words.metric_target(row["metric"], row["target"]),
    )
    return Bullet(name, row["actual"] / row["target"], actual, target, href)


def minimums_of(rows: ManagerRows) -> list[tuple[str, float]]:
    """Ratings in words with the points of 100 from which they are given."""
    return [(words.SHORT_RATINGS.get(minimum.rating, minimum.rating), minimum.score * 100) for minimum in rows.minimums]


def metrics_by_manager(metrics: pl.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """am_id -> metric -> row."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in metrics.to_dicts():
        found.setdefault(row["am_id"], {})[row["metric"]] = row
    return found


def score_cell(value: float | None, tone: str = "") -> Cell:
    return number(words.score_points(value), value, value, tone) if value is not None else number("n/a", None)


def closed_words(rows: ManagerRows) -> str:
    """Whether the month's scorecards are those people were paid by."""
    month = wording.month(rows.month)
    if rows.closed.is_empty():
        return f"{month} is not closed: its figures follow late invoices and corrections."
    label, closed_at = rows.closed.select("label", "closed_at").row(0)
    return f"{month} was closed as “{label}” on {wording.date(closed_at.date())}."


def closed_panel(rows: ManagerRows, names: Mapping[str, str], am_id: str = "") -> Panel | None:
    """Scores as paid beside as known now; of one AM metric by metric. None where the month was never closed."""
    import polars as pl

    if rows.closed.is_empty():
        return None
    shown = rows.closed.filter(pl.col("am_id") == am_id) if am_id else rows.closed.filter(pl.col("metric") == "score")
    if shown.is_empty():
        return None
    changed = [row for row in shown.to_dicts() if _differs(row)]
    label = rows.closed["label"][0]
    subject = "number" if am_id else "score"
    title = (
        f"{wording.count(len(changed), subject)} of {wording.month(rows.month)} "
        f"{'differs' if len(changed) == 1 else 'differ'} now from what was paid."
        if changed
        else f"What was paid for {wording.month(rows.month)} still stands."
    )
    first = "Metric" if am_id else "Account manager"
    return Panel(
        key="closed",
        title=title,
        subtitle=f"Points of 100, as paid (“{label}”) and as known now",
        table=Table(
            (first, "As paid", "As known now", "Change", "Rating as paid", "Rating now"),
            tuple(_closed_row(row, names, bool(am_id)) for row in shown.to_dicts()),
        ),
        is_table_open=True,
        remark="Points are of the whole weight; the score is of the weights measured." if am_id else "",
    )


def _closed_row(row: Mapping[str, Any], names: Mapping[str, str], is_metric: bool) -> tuple[Cell, ...]:
    paid, now = row["points_reported"], row["points_now"]
    change = None if paid is None or now is None else (now - paid) * 100
    head = ("Score" if row["metric"] == "score" else metric_words.metric_title(row["metric"])) if is_metric else ""
    moved = change is not None and _differs(row)
    return (
        text(head or names.get(row["am_id"], row["am_id"])),
        number(words.score_points(paid), paid),
        number(words.score_points(now), now),
        number(wording.points(change, sign=True), change, tone="bad" if moved and (change or 0) < 0 else ""),
        *(text(_rating(row[field], row["metric"])) for field in ("rating_reported", "rating_now")),
    )


def _rating(rating: str | None, metric: str) -> str:
    if metric != "score":
        return ""
    return words.RATINGS.get(rating or "", ("not rated",))[0]


def _differs(row: Mapping[str, Any]) -> bool:
    paid, now = row["points_reported"], row["points_now"]
    if paid is None or now is None:
        return paid is not now
    return abs(paid - now) > TOLERANCE or row["rating_reported"] != row["rating_now"]
