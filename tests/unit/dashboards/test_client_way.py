"""The way to the next band, worked out by hand on the rubric of the metric book's kind."""

from typing import Any

import pytest

from pipelines.dashboards.pages.client_way import measured, points_with, way_up

BANDS: list[dict[str, Any]] = [
    {"health_band": "green", "minimum_score": 80},
    {"health_band": "yellow", "minimum_score": 50},
    {"health_band": "red", "minimum_score": None},
]


def bracket(component: str, measure: str, lower: float | None, upper: float | None, points: int) -> dict[str, Any]:
    return {
        "component": component, "measure": measure, "points": points, "lower_bound": lower, "upper_bound": upper,
        "is_lower_included": lower is not None, "is_upper_included": False,
    }  # fmt: skip


RUBRIC = [
    bracket("hiring", "open_orders", None, 1, 0),
    bracket("hiring", "open_orders", 1, 5, 15),
    bracket("hiring", "open_orders", 5, None, 25),
    bracket("hiring", "hires_per_month", None, 3, 10),
    bracket("hiring", "hires_per_month", 3, None, 25),
    bracket("executive", "active_contacts", None, 2, 0),
    bracket("executive", "active_contacts", 2, None, 5),
    bracket("executive", "sponsor_activities", None, 1, 0),
    bracket("executive", "sponsor_activities", 1, None, 15),
    bracket("issue", "escalations", None, 1, 10),
    bracket("issue", "escalations", 1, None, 0),
]
COMPONENTS = [
    {"component": "hiring", "combination": "lowest"},
    {"component": "executive", "combination": "highest"},
    {"component": "issue", "combination": "lowest"},
]


def health(score: int, earned: int, available: int, **changes: Any) -> dict[str, Any]:
    return {
        "hiring_points": 10, "executive_points": 0, "issue_points": 0, "open_orders": 2, "hires_per_month": 1.0,
        "active_contacts": 1, "sponsor_activities": 0, "escalations": 2, "health_score": score,
        "earned_points": earned, "available_points": available, **changes,
    }  # fmt: skip


def test_a_component_of_the_lowest_measure_needs_all_its_measures() -> None:
    way = way_up(health(70, 70, 100), COMPONENTS, RUBRIC, BANDS)
    hiring = {step.points: step.needs for step in way.steps if step.component == "hiring"}
    # 15 points: the orders have them already; 25: both must rise.
    assert hiring == {15: "at least 3 hires a month", 25: "at least 5 open orders and at least 3 hires a month"}


def test_a_component_of_the_highest_measure_needs_one() -> None:
    way = way_up(health(70, 70, 100), COMPONENTS, RUBRIC, BANDS)
    executive = {step.points: step.needs for step in way.steps if step.component == "executive"}
    assert executive[15] == "at least 1 sponsor contact"


def test_the_shortest_way_takes_the_fewest_components_and_the_smallest_steps() -> None:
    way = way_up(health(70, 70, 100), COMPONENTS, RUBRIC, BANDS)
    assert (way.band, way.minimum) == ("green", 80)
    assert [(step.component, step.gain) for step in way.together] == [("issue", 10)]
    assert set(way.alone) == {"hiring", "executive", "issue"}
    further = way_up(health(55, 55, 100), COMPONENTS, RUBRIC, BANDS)
    # 25 points: 15 + 10; alone no component brings more than 15.
    assert sorted(step.gain for step in further.together) == [10, 15]
    assert further.alone == ()


def test_the_score_is_rounded_as_the_book_has_it() -> None:
    assert points_with(3, 8) == 38  # 37.5
    assert points_with(27, 80) == 34  # 33.75
    # 63 of 80 are 78.75, so 79; five points more are 85.
    way = way_up(health(79, 63, 80), COMPONENTS, RUBRIC, BANDS)
    assert [step.gain for step in way.together] == [5]


def test_what_is_not_measured_is_no_step_and_may_leave_no_way() -> None:
    few = {"hiring_points": None, "open_orders": None, "hires_per_month": None, "issue_points": 10, "escalations": 0}
    way = way_up(health(20, 10, 50, **few), COMPONENTS, RUBRIC, BANDS)
    assert {step.component for step in way.steps} == {"executive"}
    assert (way.band, way.together) == ("yellow", (way.steps[0],))  # 25 of 50
    none = way_up(health(20, 10, 75, **few), COMPONENTS, RUBRIC, BANDS)
    assert (none.together, none.alone) == ((), ())  # 25 of 75 are 33


def test_the_highest_band_has_no_way_up_but_steps() -> None:
    way = way_up(health(85, 85, 100), COMPONENTS, RUBRIC, BANDS)
    assert (way.band, way.together) == ("", ())
    assert way.steps


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("open_orders", 1, "1 open order"),
        ("open_orders", 12, "12 open orders"),
        ("escalations", 0, "no escalation opened"),
        ("hires_per_month", 3.333, "3.3 hires a month"),
        ("open_expansion_cc", 120000, "120\u202fk of expansion in the pipeline"),
        ("nps_mean", 8, "a mean NPS answer of 8"),
        ("days_to_pay", None, "not measured"),
    ],
)
def test_a_measure_in_words(measure: str, value: float | None, words: str) -> None:
    assert measured(measure, value) == words
