"""The headline tiles of one client."""

from __future__ import annotations

from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages.client_rows import ClientRows
from pipelines.dashboards.pages.clients import OWN_QUESTIONS
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import SEGMENTS
from pipelines.dashboards.pages.tiles import arr_tile, level_tile
from pipelines.dashboards.pages.view import Tile

COHORT = """
    select start_arr_cc::double as start_arr_cc, start_arr_reported::double as start_arr_reported
    from marts.rpt_retention
    where segment = $segment and segment_value = $value and window_months = 12 and month = $month
"""


def client_tiles(rows: ClientRows, context: Context) -> tuple[Tile, ...]:
    """ARR, what is left of last year's and what that adds to the portfolio, health, NPS, days to pay."""
    plain: dict[str, str | None] = dict.fromkeys((*SEGMENTS, *OWN_QUESTIONS))

    def explained(metric: str) -> str:
        return context.link(f"/explain/{metric}", **{**plain, "client": rows.client["client_id"]})

    basis, invoiced = context.question.basis, wording.count(context.parameter("health_payment_days"), "day")
    balances = {name: _series(rows.arr, f"arr_{name}") for name in ("cc", "reported")}
    return (
        arr_tile(balances, basis, rows.month, context.units.currency, explained(f"arr_{basis}")),
        _kept_tile(rows, context, explained(f"nrr_{basis}")),
        _health_tile(rows, explained("health_score")),
        _nps_tile(rows, explained("nps")),
        level_tile(
            Tile(
                "days_to_pay",
                "Days to pay",
                "",
                "days",
                beside=f"mean, weighted by amount, invoices of {invoiced}",
                reason=""
                if _latest(rows, "days_to_pay") is not None
                else f"No invoice was issued in the last {invoiced}.",
            ),
            _series(rows.health, "days_to_pay"),
            rows.month,
            lambda value: f"{value:.0f}",
            is_higher_better=False,
        ),
    )


def _series(rows: list[dict[str, Any]], column: str) -> dict[Any, float | None]:
    return {row["month"]: None if row[column] is None else float(row[column]) for row in rows}


def _latest(rows: ClientRows, column: str) -> Any:
    return rows.latest_health[column] if rows.latest_health else None


def _kept_tile(rows: ClientRows, context: Context, href: str) -> Tile:
    """ARR now over ARR a year ago, and what that is in points of the portfolio's NRR."""
    basis = context.question.basis
    arr = {row["month"]: float(row[f"arr_{basis}"]) for row in rows.arr}
    tile = Tile("kept", "ARR kept and grown", "", "", beside="ARR now / ARR 12 months ago", href=href)
    year_ago = wording.add_months(rows.month, -12)
    start = arr.get(year_ago)
    if not start:
        why = f"It had no ARR at the end of {wording.month(year_ago)}."
        return Tile("kept", tile.label, wording.NOT_AVAILABLE, "", reason=why, href=href)
    months = {wording.add_months(month, 12) for month in arr} | arr.keys()
    series = {
        month: arr.get(month, 0.0) / before
        for month in months
        if month <= rows.month and (before := arr.get(wording.add_months(month, -12)))
    }
    shown = level_tile(
        tile, series, rows.month, wording.percent, True, lambda value: f"{wording.points(value * 100)} pp"
    )
    segment, value = ("company", "all") if context.principal.sees_all_clients else context.segment
    cohort = context.release.rows(COHORT, {"segment": segment, "value": value, "month": rows.month})
    if cohort.is_empty() or not cohort[f"start_arr_{basis}"][0]:
        return shown
    points = (arr.get(rows.month, 0.0) - start) / cohort[f"start_arr_{basis}"][0] * 100
    whose = "the company's" if segment == "company" else "the portfolio's"
    if wording.points(abs(points)) == "0.0":
        return shown
    words = f"{wording.points(abs(points))} points {'added to' if points >= 0 else 'taken from'} {whose} NRR"
    return Tile(**{**vars(shown), "note": words})


def _health_tile(rows: ClientRows, href: str) -> Tile:
    health = rows.latest_health
    tile = Tile("health", "Health score", "", "of 100", href=href)
    if health is None or health["health_score"] is None:
        why = "Only clients with ARR are scored." if health is None else "Nothing of it could be measured."
        return Tile("health", tile.label, wording.NOT_AVAILABLE, "", reason=why, href=href)
    low, high = health["score_low"], health["score_high"]
    bounds = "everything measured" if low == high else f"{low} to {high} once all is measured"
    # The look of a band: reached, between, off; the word is the band's own name.
    look = {"green": "target", "red": "at_risk"}.get(health["health_band"], "acceptable")
    base = Tile(**{**vars(tile), "beside": bounds, "band": look, "band_words": health["health_band"]})
    return level_tile(base, _series(rows.health, "health_score"), rows.month, lambda value: f"{value:.0f}", True)


def _nps_tile(rows: ClientRows, href: str) -> Tile:
    year = wording.add_months(rows.month, -11)
    asked = [row for row in rows.nps if row["period_kind"] == "t12m" and row["survey_type"] == "relationship"]
    answers = next((row for row in asked if row["period_start"] == year), None)
    if answers is None:
        why = "Nobody answered the relationship survey in 12 months."
        return Tile("nps", "NPS", wording.NOT_AVAILABLE, "", reason=why, href=href)
    count = wording.count(answers["responses"], "answer")
    if answers["is_too_few"]:
        why = f"Too few: {count} in 12 months."
        return Tile("nps", "NPS", wording.NOT_AVAILABLE, "", reason=why, href=href)
    series = {wording.add_months(row["period_start"], 11): row["nps"] for row in asked if not row["is_too_few"]}
    tile = Tile("nps", "NPS", "", "", beside=f"{count}, relationship survey, 12 months", href=href)
    return level_tile(tile, series, rows.month, nps_words, is_higher_better=True)


def nps_words(value: float) -> str:
    """An NPS, -100 to 100, as a whole number."""
    return f"{value:.0f}".replace("-", wording.MINUS)
