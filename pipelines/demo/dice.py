"""Seeded chance for the simulation; every draw comes from here.

Only `random.random()` is used, whose sequence Python keeps across versions and machines, and only the four basic
operations on it: logarithms and exponentials differ in the last bit between processors and would break the promise of
identical bytes. Each topic of each client has a stream of its own, so a change to one does not reshuffle the others.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")
_ROOT_OF_TWO = 1.4142135623730951


class Dice:
    """A stream of chance named by its path, such as `Dice(7, "client", 12, "health")`."""

    def __init__(self, *path: object) -> None:
        self.roll = Random("/".join(str(part) for part in path)).random

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.roll() < probability

    def between(self, low: float, high: float) -> float:
        """A number from low (inclusive) to high (exclusive)."""
        return low + (high - low) * self.roll()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both inclusive."""
        return low + int((high - low + 1) * self.roll())

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, all equally likely."""
        return items[int(len(items) * self.roll())]

    def weighted(self, items: Sequence[tuple[Item, float]]) -> Item:
        """One of (item, weight) pairs, in proportion to the weights."""
        left = self.roll() * sum(weight for _, weight in items)
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        return items[-1][0]

    def normal(self) -> float:
        """Near enough to a standard normal draw: the sum of six uniforms, scaled."""
        roll = self.roll
        return (roll() + roll() + roll() + roll() + roll() + roll() - 3.0) * _ROOT_OF_TWO

    def count(self, mean: float) -> int:
        """How many of something happen when `mean` are expected: scattered by 40 %, never below 0."""
        expected = mean * self.between(0.6, 1.4)
        return int(expected + self.roll())

    def sample(self, items: Sequence[Item], size: int) -> list[Item]:
        """Up to `size` different items, in the order drawn."""
        left = list(items)
        return [left.pop(int(len(left) * self.roll())) for _ in range(min(size, len(left)))]


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """The value, held within low..high."""
    return low if value < low else high if value > high else value
