"""From a health score to the next band: what to lift to which bracket. Pure; the rubric comes in as data."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product

WAYS = 3


@dataclass(frozen=True)
class Bracket:
    """A piece of a measure's range and its points; a bound of None is no bound."""

    measure: str
    lower: Decimal | None
    is_lower_included: bool
    upper: Decimal | None
    is_upper_included: bool
    points: int

    @property
    def text(self) -> str:
        """The range in words: "from 5 to 10", "above 30 to 45", "below 15"."""
        lower = "" if self.lower is None else f"{'from' if self.is_lower_included else 'above'} {plain(self.lower)}"
        upper = "" if self.upper is None else f"{'to' if self.is_upper_included else 'below'} {plain(self.upper)}"
        if not lower and self.is_upper_included:
            upper = f"up {upper}"
        return f"{lower} {upper}".strip() or "any"


@dataclass(frozen=True)
class Component:
    """A component as scored: `points` None where it was not; `now` are its measures' points, None likewise."""

    name: str
    maximum: int
    is_highest: bool
    points: int | None
    now: dict[str, int | None]
    brackets: tuple[Bracket, ...]
    can_be_measured: bool = True


@dataclass(frozen=True)
class Band:
    """A band and its least score; None = no lower limit."""

    name: str
    minimum: int | None


@dataclass(frozen=True)
class Lift:
    """A component brought to more points, and the brackets that its measures need for that."""

    component: Component
    points: int
    needs: tuple[Bracket, ...]

    @property
    def gain(self) -> int:
        return self.points - (self.component.points or 0)


@dataclass(frozen=True)
class Way:
    """Lifts that together reach a band, with the score that they give."""

    lifts: tuple[Lift, ...]
    score: int
    band: str

    @property
    def gain(self) -> int:
        return sum(lift.gain for lift in self.lifts)


def plain(value: Decimal) -> str:
    """A bound without the zeros that its column type adds."""
    return f"{value.normalize():,f}"


def score_of(earned: int, available: int) -> int | None:
    """100 x earned / available, rounded half up to a whole number; None where nothing was measured."""
    return (200 * earned + available) // (2 * available) if available else None


def band_of(score: int, bands: Iterable[Band]) -> str:
    """The band with the highest least score that the score reaches."""
    return next(band.name for band in best_first(bands) if band.minimum is None or score >= band.minimum)


def best_first(bands: Iterable[Band]) -> list[Band]:
    return sorted(bands, key=lambda band: (band.minimum is None, -(band.minimum or 0)))


def next_band(score: int | None, band: str, bands: Iterable[Band]) -> Band | None:
    """The band to aim at; None from the best one. From `unknown` it is the band of the score, but not the worst."""
    order = best_first(bands)
    names = [known.name for known in order]
    if band != "unknown":
        place = names.index(band)
        return order[place - 1] if place else None
    place = names.index(band_of(score, order)) if score is not None else len(order) - 1
    return order[min(place, len(order) - 2)] if len(order) > 1 else order[0]


def cheapest_ways(components: list[Component], bands: list[Band], aim: Band, least_coverage: Decimal) -> list[Way]:
    """Up to 3 ways to the band, by fewest components, then fewest points; none contains another."""
    found: list[Way] = []
    options = {component.name: list(lifts(component)) for component in components}
    for size in range(1, len(components) + 1):
        if len(found) >= WAYS:
            break
        for chosen in combinations([c for c in components if options[c.name]], size):
            names = {component.name for component in chosen}
            if any({lift.component.name for lift in way.lifts} <= names for way in found):
                continue
            tried = product(*(options[component.name] for component in chosen))
            ways = [way for lifted in tried if (way := _way(components, lifted, bands, aim, least_coverage))]
            if ways:
                found.append(min(ways, key=lambda way: way.gain))
    return sorted(found, key=lambda way: (len(way.lifts), way.gain))[:WAYS]


def _way(
    components: list[Component], lifted: tuple[Lift, ...], bands: list[Band], aim: Band, least_coverage: Decimal
) -> Way | None:
    points = {component.name: component.points for component in components}
    points |= {lift.component.name: lift.points for lift in lifted}
    maximum = sum(component.maximum for component in components)
    available = sum(component.maximum for component in components if points[component.name] is not None)
    score = score_of(sum(value or 0 for value in points.values()), available)
    if score is None or available < least_coverage * maximum or (aim.minimum is not None and score < aim.minimum):
        return None
    return Way(lifted, score, band_of(score, bands))


def lifts(component: Component) -> Iterator[Lift]:
    """Every higher number of points that the component can be brought to, the lowest first."""
    if not component.can_be_measured:
        return
    reached = component.points or 0
    for points in sorted({bracket.points for bracket in component.brackets}):
        needs = _any_measure(component, points) if component.is_highest else _all_measures(component, points)
        given = _points_after(component, needs)
        if needs and given > reached:
            reached = given
            yield Lift(component, given, needs)


def _any_measure(component: Component, points: int) -> tuple[Bracket, ...]:
    return tuple(bracket for bracket in component.brackets if bracket.points == points)[:1]


def _all_measures(component: Component, points: int) -> tuple[Bracket, ...]:
    """For each measure that gives less, its nearest bracket that gives enough."""
    needs = []
    for measure, now in component.now.items():
        if now is not None and now >= points:
            continue
        enough = [b for b in component.brackets if b.measure == measure and b.points >= points]
        if not enough:
            return ()
        needs.append(min(enough, key=lambda bracket: bracket.points))
    return tuple(needs)


def _points_after(component: Component, needs: tuple[Bracket, ...]) -> int:
    after = {**component.now, **{bracket.measure: bracket.points for bracket in needs}}
    known = [points for points in after.values() if points is not None]
    return (max(known) if component.is_highest else min(known)) if known else 0
