"""Exact ratios: fractions as long as something is added to them, decimals with 8 places as the marts publish them."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key")
PLACES = 8


def ratio(numerator: Decimal, denominator: Decimal) -> Fraction | None:
    """The exact ratio of two amounts; None, never infinity, where there is nothing to divide by."""
    return Fraction(numerator) / Fraction(denominator) if denominator else None


def rounded(value: Fraction, places: int = PLACES) -> Decimal:
    """To that many places, half away from zero, as the marts' rates are."""
    units, rest = divmod(abs(value.numerator) * 10**places, value.denominator)
    units += 2 * rest >= value.denominator
    return Decimal(units if value >= 0 else -units).scaleb(-places)


def published(value: Fraction | None) -> Decimal | None:
    """An exact rate as it is published; None stays None."""
    return None if value is None else rounded(value)


def shared_out(parts: Mapping[Key, Fraction], total: Decimal) -> dict[Key, Decimal]:
    """The parts with 8 places, adding up to `total`: the largest takes the rounding rest."""
    shown = {key: rounded(part) for key, part in parts.items()}
    if shown:
        largest = max(parts, key=lambda key: abs(parts[key]))
        shown[largest] += total - sum(shown.values())
    return shown
