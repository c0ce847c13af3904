"""How scorecards, portfolios and OKRs are spoken of: names of metrics, ratings and measures, and their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages.managers_rows import Range

# The six of the scorecard where a chart has no room for their titles.
SHORT = {
    "nrr_cc": "NRR",
    "nps": "NPS",
    "expansion_rate": "Expansion",
    "green_rate": "Green clients",
    "escalation_resolution_rate": "Escalations",
    "qbr_completion_rate": "QBRs",
}
# Rating: its words, its mark, its tone, the class of its badge.
RATINGS = {
    "exceeds": ("exceeds expectations", "●", "good", "target"),
    "meets": ("meets expectations", "◐", "muted", "acceptable"),
    "needs_improvement": ("needs improvement", "▽", "bad", "at_risk"),
    "unacceptable": ("unacceptable", "▼", "bad", "at_risk"),
}
SHORT_RATINGS = {"exceeds": "exceeds", "meets": "meets", "needs_improvement": "needs improvement"}
MEASURES = {
    "clients": "Clients",
    "strategic_clients": "Strategic",
    "growth_clients": "Growth",
    "standard_clients": "Standard",
    "arr_cc": "ARR",
    "top_10_rate": "10 largest",
    "upsell_coverage": "Upsell coverage",
}
VERDICTS = {"within": ("●", "good"), "above": ("▲", "bad"), "below": ("▼", "bad")}
CRITERIA = {
    "months_in_role": "Months in role",
    "quarters_at_meets": "Quarters in a row at meets or better",
    "nrr_cc": "NRR",
    "nps": "NPS",
    "voluntary_churn_clients": "Clients lost by their own choice",
    "arr_cc": "Portfolio ARR",
    "strategic_clients": "Strategic clients",
    "expansion_won_cc": "Expansion won in 12 months",
}
OWN_EXPLANATION = ("nrr_cc", "expansion_rate", "green_rate")


def is_rated(card: Mapping[str, Any]) -> bool:
    return card["rating"] in RATINGS


def rating_words(card: Mapping[str, Any]) -> str:
    """`meets expectations`; where there is too little data, how much there is."""
    if is_rated(card):
        return RATINGS[card["rating"]][0]
    if card["rating"] is None:
        return "not rated: nothing could be measured"
    return f"not rated: too little data (coverage {wording.plain_percent(card['coverage_rate'] or 0.0)})"


def rating_mark(card: Mapping[str, Any]) -> tuple[str, str]:
    """Mark and tone of a rating."""
    return RATINGS[card["rating"]][1:3] if is_rated(card) else ("○", "muted")


def score_points(score: float | None) -> str:
    """A score in points of 100: 0.879672 is 88.0."""
    return wording.NOT_AVAILABLE if score is None else wording.points(score * 100)


def range_words(measure: str, limits: Range | None) -> str:
    """`30-50`, `2.0 m-4.0 m`, `3 or more`; empty where nothing is asked."""
    if limits is None or (limits.lower is None and limits.upper is None):
        return ""
    low, high = (measure_value(measure, bound, is_bound=True) for bound in (limits.lower, limits.upper))
    if limits.upper is None:
        return f"{low} or more"
    return f"{low}–{high}" if limits.lower is not None else f"at most {high}"


def measure_value(measure: str, value: float | None, is_bound: bool = False) -> str:
    """A measure of a portfolio in its unit."""
    if value is None:
        return wording.NOT_AVAILABLE
    number = float(value)
    if measure.endswith("_rate"):
        return wording.plain_percent(number) if is_bound else wording.percent(number)
    if measure == "arr_cc":
        return wording.money(number)
    if measure == "upsell_coverage":
        return (f"{number:.0f}" if is_bound else f"{number:.1f}") + wording.THIN + "×"
    return f"{number:,.0f}"


def criterion_value(criterion: str, value: float | None) -> str:
    """The value of a promotion criterion in its unit."""
    if value is None:
        return wording.NOT_AVAILABLE
    if criterion == "nrr_cc":
        return wording.percent(value)
    if criterion.endswith("_cc"):
        return wording.money(value)
    return wording.points(value) if criterion == "nps" else f"{value:,.0f}"
