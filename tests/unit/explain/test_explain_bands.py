"""The cheapest ways to the next health band, on rubrics made for it: no release is needed."""

from decimal import Decimal

import pytest

from pipelines.explain.bands import Band, Bracket, Component, cheapest_ways, lifts, next_band, score_of

BANDS = [Band("green", 80), Band("yellow", 50), Band("red", None)]
COVERAGE = Decimal("0.6")


def brackets(measure: str, *points: int) -> list[Bracket]:
    """Brackets of width 1 from 0 up, each with its points; the last is open."""
    last = len(points) - 1
    return [
        Bracket(measure, Decimal(at), True, None if at == last else Decimal(at + 1), False, given)
        for at, given in enumerate(points)
    ]


def component(name: str, points: int | None, *levels: int, **more: bool) -> Component:
    return Component(name, max(levels), False, points, {name: points}, tuple(brackets(name, *levels)), **more)


@pytest.mark.parametrize(
    ("bracket", "text"),
    [
        (Bracket("m", Decimal("5.000000"), True, Decimal("10"), True, 20), "from 5 to 10"),
        (Bracket("m", Decimal(30), False, Decimal(45), True, 10), "above 30 to 45"),
        (Bracket("m", None, False, Decimal(15), False, 20), "below 15"),
        (Bracket("m", None, False, Decimal(100000), True, 5), "up to 100,000"),
        (Bracket("m", Decimal("0.5"), False, None, False, 5), "above 0.5"),
    ],
)
def test_a_bracket_says_which_of_its_ends_are_in_it(bracket: Bracket, text: str) -> None:
    assert bracket.text == text


def test_a_score_is_rounded_half_up_and_missing_without_data() -> None:
    assert score_of(1, 200) == 1  # 0.5
    assert score_of(65, 75) == 87
    assert score_of(0, 0) is None


def lifted(component: Component) -> list[tuple[int, list[str]]]:
    return [(lift.points, [need.measure for need in lift.needs]) for lift in lifts(component)]


def test_every_measure_of_a_component_must_reach_the_bracket() -> None:
    rubric = (*brackets("orders", 0, 20, 25), *brackets("hires", 10, 15, 25))
    hiring = Component("hiring", 25, False, 10, {"orders": 20, "hires": 10}, rubric)
    assert lifted(hiring) == [(15, ["hires"]), (20, ["hires"]), (25, ["orders", "hires"])]


def test_one_measure_is_enough_where_the_highest_counts() -> None:
    rubric = (*brackets("sponsor", 0, 15), *brackets("executive", 0, 10), *brackets("contacts", 0, 5))
    executive = Component("executive", 15, True, 5, {"sponsor": 0, "executive": 0, "contacts": 5}, rubric)
    assert lifted(executive) == [(10, ["executive"]), (15, ["sponsor"])]


def test_fewest_components_go_first_then_fewest_points() -> None:
    parts = [
        component("a", 20, 0, 20, 30, 40),
        component("b", 20, 0, 20, 40),
        component("c", 5, 0, 5, 10),
        component("d", 0, 0, 10),
    ]
    ways = cheapest_ways(parts, BANDS, Band("yellow", 50), COVERAGE)
    assert [([lift.component.name for lift in way.lifts], way.gain, way.score, way.band) for way in ways] == [
        (["c"], 5, 50, "yellow"),
        (["a"], 10, 55, "yellow"),
        (["d"], 10, 55, "yellow"),
    ]


def test_a_way_with_an_idle_part_is_no_way() -> None:
    parts = [component("a", 0, 0, 50), component("b", 0, 0, 30), component("c", 0, 0, 20)]
    ways = cheapest_ways(parts, BANDS, Band("yellow", 50), COVERAGE)
    assert [[lift.component.name for lift in way.lifts] for way in ways] == [["a"], ["b", "c"]]


def test_an_unknown_band_needs_coverage_and_a_system_that_is_connected() -> None:
    parts = [
        component("a", 40, 0, 40),
        component("b", None, 0, 30),
        component("c", None, 0, 30, can_be_measured=False),
    ]
    aim = next_band(100, "unknown", BANDS)
    assert aim == Band("green", 80)
    ways = cheapest_ways(parts, BANDS, aim, COVERAGE)
    assert [([lift.component.name for lift in way.lifts], way.score) for way in ways] == [(["b"], 100)]


def test_the_next_band_is_the_one_above_and_the_best_has_none() -> None:
    assert next_band(45, "red", BANDS) == Band("yellow", 50)
    assert next_band(60, "yellow", BANDS) == Band("green", 80)
    assert next_band(90, "green", BANDS) is None
    assert next_band(None, "unknown", BANDS) == Band("yellow", 50)
