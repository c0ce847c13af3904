"""NRR and GRR of a cohort under a set of rules. Pure: series in, exact fractions out; reads nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from pipelines.analysis.ratios import ratio
from pipelines.analysis.series import Rates, Series

Measure = Literal["nrr", "grr"]
ZERO = Decimal(0)


class Method(StrEnum):
    """How the two ends of a window are compared."""

    ENDS = "ends"  # point to point
    MONTHLY = "monthly"  # GRR: the losses of each month added up, without what was won back
    COMPOUNDED = "compounded"  # the product of the months' own rates


class Returns(StrEnum):
    """What becomes of clients that were gone for a while."""

    BY_ENDS = "by_ends"  # only the window's two ends count
    LOST = "lost"  # gone once within the window is gone
    ADDED = "added"  # clients from before the window that came back within it count too


@dataclass(frozen=True)
class Rules:
    """What counts how; the defaults are the metric book's."""

    method: Method = Method.ENDS
    rates: Rates = Rates.BASELINE
    returns: Returns = Returns.BY_ENDS
    has_contraction: bool = True
    has_new_clients: bool = False


PUBLISHED_RULES = Rules()


def rate_of(measure: Measure, series: Iterable[Series], rules: Rules = PUBLISHED_RULES) -> Fraction | None:
    """NRR or GRR of those series as an exact fraction of 1; None where the cohort had nothing at a start."""
    found = [(one, _counted(one.values[rules.rates], rules)) for one in series]
    if rules.method is Method.COMPOUNDED:
        return _compounded(measure, found, rules)
    start = sum((values[0] for _, values in found), ZERO)
    if rules.method is Method.MONTHLY and measure == "grr":
        lost = sum((_monthly_losses(values, rules) for _, values in found), ZERO)
        return ratio(start - lost, start)
    end = sum((_end(measure, values[0], values[-1], one.was_client, rules) for one, values in found), ZERO)
    return ratio(end, start)


def _counted(values: tuple[Decimal, ...], rules: Rules) -> tuple[Decimal, ...]:
    """The series as the rules see it: a client that went and came back stays gone where `returns` is lost."""
    if rules.returns is not Returns.LOST or not values[0]:
        return values
    gone = next((place for place, value in enumerate(values) if not value), len(values))
    return values[:gone] + (ZERO,) * (len(values) - gone)


def _end(measure: Measure, start: Decimal, end: Decimal, was_client: bool, rules: Rules) -> Decimal:
    """What a client adds to the numerator, given its two ends."""
    if not start:
        is_counted = rules.returns is Returns.ADDED if was_client else rules.has_new_clients
        return end if is_counted and measure == "nrr" else ZERO
    if end and not rules.has_contraction:
        end = max(start, end)
    return min(start, end) if measure == "grr" else end


def _monthly_losses(values: tuple[Decimal, ...], rules: Rules) -> Decimal:
    if not values[0]:
        return ZERO
    falls = ((before - after, after) for before, after in pairwise(values) if after < before)
    return sum((fall for fall, after in falls if rules.has_contraction or not after), ZERO)


def _compounded(measure: Measure, found: list[tuple[Series, tuple[Decimal, ...]]], rules: Rules) -> Fraction | None:
    product = Fraction(1)
    months = len(found[0][1]) if found else 0
    was_client = [one.was_client for one, _ in found]
    for place in range(1, months):
        was_client = [was or bool(values[place - 1]) for was, (_, values) in zip(was_client, found, strict=True)]
        start = sum((values[place - 1] for _, values in found), ZERO)
        end = sum(
            (
                _end(measure, values[place - 1], values[place], was, rules)
                for was, (_, values) in zip(was_client, found, strict=True)
            ),
            ZERO,
        )
        month = ratio(end, start)
        if month is None:
            return None
        product *= month
    return product if months else None
