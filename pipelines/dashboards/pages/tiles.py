"""The headline tiles: value, target, change on month and year, 24-month trend.

Series in, tiles out. Which metrics there are, what they are called and how they are defined stands here once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.dashboards import wording
from pipelines.dashboards.figures.sparkline import sparkline
from pipelines.dashboards.pages.view import Change, Tile
from pipelines.dashboards.policy import Bands, band_words

TREND_MONTHS = 24
FEW_CLIENTS = 5

Series = Mapping[dt.date, float | None]


@dataclass(frozen=True)
class Rate:
    """A retention rate of the company: its name in the metric book, its columns in rpt_retention, its plain words."""

    key: str
    column: str
    label: str
    definition: str
    reported_column: str = ""


RATES = (
    Rate(
        "nrr",
        "nrr_cc",
        "Net revenue retention",
        "What the clients of twelve months ago are worth today: their ARR then, plus expansion, less contraction and "
        "churn, divided by their ARR then. New clients do not count.",
        "nrr_reported",
    ),
    Rate(
        "grr",
        "grr_cc",
        "Gross revenue retention",
        "The same clients without their expansion: how much of the ARR of twelve months ago was kept.",
        "grr_reported",
    ),
    Rate(
        "logo_churn_rate",
        "logo_churn_rate",
        "Logo churn",
        "Clients that had ARR twelve months ago and have none today, divided by all clients that had ARR then.",
    ),
    Rate(
        "expansion_rate",
        "expansion_rate",
        "Expansion rate",
        "Growth of the clients that grew over twelve months, divided by the ARR of all clients twelve months ago.",
    ),
)


def arr_tile(constant: Series, reported: Series, month: dt.date, currency: str) -> Tile:
    """Annual recurring revenue at the end of `month`; both series hold amounts by month."""
    value = constant.get(month)
    return Tile(
        key="arr",
        label="Annual recurring revenue",
        value=wording.money(value),
        unit=currency,
        beside=f"reported {wording.money(reported.get(month))}",
        changes=tuple(
            Change(
                f"{wording.money(difference, sign=True)} ({wording.percent(_relative(difference, value), sign=True)})",
                wording.month(earlier),
                _tone(difference, True),
            )
            for earlier, difference in _differences(constant, month)
        ),
        trend=_trend(constant, month, "ARR", wording.money, None),
    )


def rate_tile(
    rate: Rate, constant: Series, reported: Series, month: dt.date, bands: Bands, clients: int, reason: str
) -> Tile:
    """A rate over the 12 months that end with `month`.

    `clients` is the size of its cohort (few are marked), `reason` why the value is missing, if it is.
    """
    value = constant.get(month)
    band_name = bands.name_of(value)
    changes = tuple(
        Change(f"{wording.points(difference * 100, sign=True)} pp", wording.month(earlier), _tone(difference, is_good))
        for earlier, difference in _differences(constant, month)
        for is_good in [bands.is_higher_better]
    )
    return Tile(
        key=rate.key,
        label=rate.label,
        value=wording.percent(value),
        unit="",
        beside=f"reported {wording.percent(reported.get(month))}" if rate.reported_column else "",
        band=band_name,
        band_words=band_words(band_name),
        target=bands.target_words,
        changes=changes,
        trend=_trend(constant, month, rate.label, wording.percent, bands.target),
        note=f"only {wording.count(clients, 'client')}: read with care"
        if value is not None and clients < FEW_CLIENTS
        else "",
        reason=reason if value is None else "",
    )


def _differences(series: Series, month: dt.date) -> list[tuple[dt.date, float]]:
    """The change on the month before and on the same month a year ago, where both ends are known."""
    value = series.get(month)
    earlier = [wording.add_months(month, -1), wording.add_months(month, -12)]
    return [(day, value - before) for day in earlier if value is not None and (before := series.get(day)) is not None]


def _relative(difference: float, value: float | None) -> float | None:
    before = (value or 0.0) - difference
    return difference / before if before else None


def _tone(difference: float, is_higher_better: bool) -> str:
    if abs(difference) < 1e-9:
        return "neutral"
    return "good" if (difference > 0) == is_higher_better else "bad"


def _trend(
    series: Series, month: dt.date, name: str, words: Callable[[float | None], str], target: float | None
) -> Markup:
    months = [wording.add_months(month, -back) for back in range(TREND_MONTHS - 1, -1, -1)]
    known = [day for day in months if series.get(day) is not None]
    if not known:
        return sparkline([], "")
    first, last = known[0], known[-1]
    ends = [f"{words(series[day])} in {wording.month(day)}" for day in (first, last)]
    alt = f"{name} from {ends[0]} to {ends[1]}"
    return sparkline([series.get(day) for day in months], alt, target)
