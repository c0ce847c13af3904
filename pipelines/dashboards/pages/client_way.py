"""The way to the next health band: which components of a client's score would lift it there, and what that takes.

Arithmetic on the rubric's brackets (data of the policy); no release is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from pipelines.dashboards import wording

Row = Mapping[str, Any]

# Measure: its words for one and for several around the number, and how many decimals it has.
MEASURES = {
    "open_orders": ("{} open order", "{} open orders", 0),
    "hires_per_month": ("{} hire a month", "{} hires a month", 1),
    "days_to_pay": ("{} day to pay", "{} days to pay", 1),
    "flagged_invoices": ("{} overdue invoice in collections", "{} overdue invoices in collections", 0),
    "nps_mean": ("a mean NPS answer of {}", "a mean NPS answer of {}", 1),
    "sponsor_activities": ("{} sponsor contact", "{} sponsor contacts", 0),
    "executive_activities": ("{} executive contact", "{} executive contacts", 0),
    "active_contacts": ("{} person in touch", "{} people in touch", 0),
    "open_expansion_cc": ("{} of expansion in the pipeline", "{} of expansion in the pipeline", 0),
    "open_expansions": ("{} open expansion opportunity", "{} open expansion opportunities", 0),
    "escalations": ("{} escalation opened", "{} escalations opened", 0),
    "overdue_escalations": ("{} escalation past its limit", "{} escalations past their limit", 0),
}
MONEY_MEASURE, ITS_COUNT = "open_expansion_cc", "open_expansions"  # what has an amount is there


@dataclass(frozen=True)
class Step:
    """More points for one component: how many it would have, how many more that is, and what it takes, in words."""

    component: str
    points: int
    gain: int
    needs: str


@dataclass(frozen=True)
class Way:
    """The way up from a score: the band above and its least score, the fewest steps there, every step there is.

    `band` is empty in the highest band; `together` is empty where no steps of the measured components suffice, `alone`
    are the components of which one would.
    """

    band: str
    minimum: int
    together: tuple[Step, ...]
    alone: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def next_steps(self) -> tuple[Step, ...]:
        """The smallest step of each component, and those of the shortest way; what brings most first."""
        first: dict[str, Step] = {}
        for step in self.steps:
            if step.component not in first or step.gain < first[step.component].gain:
                first[step.component] = step
        chosen = {*first.values(), *self.together}
        return tuple(sorted(chosen, key=lambda step: (-step.gain, step.component)))


def measured(measure: str, value: float | None) -> str:
    """A measure's value in words: `3.3 hires a month`, `no escalation opened`."""
    if value is None:
        return "not measured"
    return _words(measure, float(value), "")


def _words(measure: str, value: float, limit: str) -> str:
    one, several, digits = MEASURES.get(measure, ("{} " + measure, "{} " + measure, 1))
    shown = wording.money(value) if measure == MONEY_MEASURE else f"{value:,.{digits}f}".removesuffix(".0")
    if shown == "0" and digits == 0:
        shown = "no"
    return (one if shown in ("1", "no") else several).format(f"{limit} {shown}".strip())


def points_with(earned: int, available: int, gain: int = 0) -> int:
    """The score of earned and available points, rounded half up as the book has it."""
    return (200 * (earned + gain) + available) // (2 * available)


def way_up(health: Row, components: Iterable[Row], rubric: Iterable[Row], bands: Iterable[Row]) -> Way:
    """The way from a row of fct_client_health. Rules are those of the day: rows of the three policy tables."""
    brackets = list(rubric)
    steps = [
        step
        for component in components
        if health[f"{component['component']}_points"] is not None
        for step in _steps(health, component, [row for row in brackets if row["component"] == component["component"]])
    ]
    steps.sort(key=lambda step: (-step.gain, step.component))
    above = [row for row in bands if (row["minimum_score"] or 0) > health["health_score"]]
    if not above:
        return Way("", 0, (), (), tuple(steps))
    goal = min(above, key=lambda row: row["minimum_score"])

    def reaches(chosen: Iterable[Step]) -> bool:
        gain = sum(step.gain for step in chosen)
        return points_with(health["earned_points"], health["available_points"], gain) >= goal["minimum_score"]

    alone = dict.fromkeys(step.component for step in steps if reaches([step]))
    return Way(goal["health_band"], goal["minimum_score"], _fewest(steps, reaches), tuple(alone), tuple(steps))


def _fewest(steps: list[Step], reaches: Callable[[Iterable[Step]], bool]) -> tuple[Step, ...]:
    """The fewest components that reach the next band together, by the smallest steps that still do."""
    by_component: dict[str, list[Step]] = {}
    for step in steps:
        by_component.setdefault(step.component, []).append(step)
    for size in range(1, len(by_component) + 1):
        found = [
            chosen
            for names in combinations(by_component, size)
            for chosen in product(*(by_component[name] for name in names))
            if reaches(chosen)
        ]
        if found:
            return min(found, key=lambda chosen: sum(step.gain for step in chosen))
    return ()


def _steps(health: Row, component: Row, brackets: list[Row]) -> list[Step]:
    """Every higher number of points the component can have, with what each takes."""
    name, now = component["component"], health[f"{component['component']}_points"]
    found = []
    for points in sorted({row["points"] for row in brackets if row["points"] > now}):
        wanted = {
            measure: _nearest(health[measure], [row for row in brackets if row["measure"] == measure], points)
            for measure in dict.fromkeys(row["measure"] for row in brackets)
        }
        if wanted.get(MONEY_MEASURE):
            wanted[ITS_COUNT] = ""
        if component["combination"] == "highest":  # one measure is enough
            needs = [words for words in wanted.values() if words]
            is_possible, needs = bool(needs), needs[-1:]
        else:
            needs = [words for words in wanted.values() if words]
            is_possible = all(words is not None for words in wanted.values())
        if is_possible and needs:
            found.append(Step(name, points, points - now, " and ".join(needs)))
    return found


def _nearest(value: float | None, brackets: list[Row], points: int) -> str | None:
    """What a measure must become for so many points; empty where it is there already, None where nothing gives them."""
    good = [row for row in brackets if row["points"] >= points]
    if not good:
        return None
    if value is not None and any(_holds(row, float(value)) for row in good):
        return ""
    return _limit(min(good, key=lambda row: row["points"]), brackets)


def _holds(row: Row, value: float) -> bool:
    lower, upper = row["lower_bound"], row["upper_bound"]
    above = lower is None or value > lower or (row["is_lower_included"] and value == lower)
    below = upper is None or value < upper or (row["is_upper_included"] and value == upper)
    return above and below


def _limit(row: Row, brackets: list[Row]) -> str:
    """The side of a bracket that points at the worse ones, in words: `at least 5 open orders`."""
    is_more_better = max(brackets, key=lambda each: each["points"])["upper_bound"] is None
    bound = row["lower_bound"] if is_more_better else row["upper_bound"]
    is_included = row["is_lower_included"] if is_more_better else row["is_upper_included"]
    if bound is None:
        return _words(row["measure"], 0.0, "")
    if MEASURES.get(row["measure"], ("", "", 1))[2] == 0 and not is_more_better and not is_included and bound == 1:
        return _words(row["measure"], 0.0, "")  # fewer than 1 is none
    words = {
        (True, True): "at least",
        (True, False): "more than",
        (False, True): "at most",
        (False, False): "fewer than",
    }[is_more_better, is_included]
    return _words(row["measure"], bound, words)
