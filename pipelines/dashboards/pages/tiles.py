"""The headline tiles: value, target, change on month and year, 24-month trend.

Series in, tiles out. Which metrics there are, what they are called and how they are defined stands here once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from pipelines.dashboards import wording
from pipelines.dashboards.figures.sparkline import sparkline
from pipelines.dashboards.pages.overview_rows import TREND_MONTHS
from pipelines.dashboards.pages.view import Change, Tile
from pipelines.dashboards.policy import Bands, band_words

OTHER_BASIS = {"cc": "reported", "reported": "cc"}

Series = Mapping[dt.date, float | None]


@dataclass(frozen=True)
class Rate:
    """A retention rate: its name in the metric book, its columns in rpt_retention, its plain words.

    The names of the columns are those of the explanations too.
    """

    key: str
    column: str
    label: str
    definition: str
    reported_column: str = ""
    is_higher_better: bool = True

    def column_of(self, basis: str) -> str:
        """The column in a basis; a rate that has only one is the same in both."""
        return self.reported_column if basis == "reported" and self.reported_column else self.column


NRR = Rate(
    "nrr",
    "nrr_cc",
    "Net revenue retention",
    "What the clients of twelve months ago are worth today: their ARR then, plus expansion, less contraction and "
    "churn, divided by their ARR then. New clients do not count.",
    "nrr_reported",
)
GRR = Rate(
    "grr",
    "grr_cc",
    "Gross revenue retention",
    "The same clients without their expansion: how much of the ARR of twelve months ago was kept.",
    "grr_reported",
)
LOGO_CHURN = Rate(
    "logo_churn_rate",
    "logo_churn_rate",
    "Logo churn",
    "Clients that had ARR twelve months ago and have none today, divided by all clients that had ARR then.",
    is_higher_better=False,
)
REVENUE_CHURN = Rate(
    "revenue_churn_rate",
    "revenue_churn_rate",
    "Revenue churn",
    "ARR of twelve months ago of the clients that have none today, divided by the ARR of all clients then.",
    is_higher_better=False,
)
EXPANSION = Rate(
    "expansion_rate",
    "expansion_rate",
    "Expansion rate",
    "Growth of the clients that grew over twelve months, divided by the ARR of all clients twelve months ago.",
)
SURPRISE = Rate(
    "surprise_churn_rate",
    "surprise_churn_rate",
    "Surprise churn",
    "Of the ARR lost in three months by churn and contraction, the part of clients whose health was green at the "
    "start of those months.",
    is_higher_better=False,
)
RATES = (NRR, GRR, LOGO_CHURN, EXPANSION)


def arr_tile(balances: Mapping[str, Series], basis: str, month: dt.date, currency: str, href: str = "") -> Tile:
    """Annual recurring revenue at the end of `month`; `balances` holds the amounts by month of both bases."""
    series = balances[basis]
    value = series.get(month)
    return Tile(
        key="arr",
        label="Annual recurring revenue",
        value=wording.money(value),
        unit=currency,
        beside=_beside(basis, wording.money(balances[OTHER_BASIS[basis]].get(month))),
        changes=tuple(
            Change(
                f"{wording.money(difference, sign=True)} ({wording.percent(_relative(difference, value), sign=True)})",
                wording.month(earlier),
                _tone(difference, True),
            )
            for earlier, difference in _differences(series, month)
        ),
        trend=_trend(series, month, "ARR", wording.money, None),
        href=href,
    )


def rate_tile(
    rate: Rate,
    rows: Mapping[dt.date, Mapping[str, Any]],
    basis: str,
    month: dt.date,
    bands: Bands,
    reason: str,
    href: str = "",
) -> Tile:
    """A rate over the window that ends with `month`, in one basis, the other beside it.

    `rows` are those of rpt_retention by month, `reason` says why the value is missing, if it is. A small cohort is
    marked.
    """
    column = rate.column_of(basis)
    series: Series = {day: row[column] for day, row in rows.items()}
    other = rate.column_of(OTHER_BASIS[basis])
    latest = rows.get(month, {})
    value = series.get(month)
    clients = latest.get("clients_start") or 0
    band_name = bands.name_of(value)
    return Tile(
        key=rate.key,
        label=rate.label,
        value=wording.percent(value),
        unit="",
        beside=_beside(basis, wording.percent(latest.get(other))) if other != column else "",
        band=band_name,
        band_words=band_words(band_name),
        target=bands.target_words,
        changes=tuple(
            Change(
                f"{wording.points(difference * 100, sign=True)} pp",
                wording.month(earlier),
                _tone(difference, rate.is_higher_better),
            )
            for earlier, difference in _differences(series, month)
        ),
        trend=_trend(series, month, rate.label, wording.percent, bands.target),
        note=f"only {wording.count(clients, 'client')}: read with care"
        if value is not None and clients < wording.FEW
        else "",
        reason=reason if value is None else "",
        href=href,
    )


def _beside(basis: str, other: str) -> str:
    return f"{'reported' if basis == 'cc' else 'constant currency'} {other}"


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


def level_tile(
    tile: Tile,
    series: Series,
    month: dt.date,
    words: Callable[[float], str],
    is_higher_better: bool,
    difference_words: Callable[[float], str] | None = None,
) -> Tile:
    """`tile` with the value of `month`, its changes on month and year, and the trend of a series.

    `words` writes a value, `difference_words` (else `words` too) the size of a difference. A tile that has a reason
    stays without a value.
    """
    value = series.get(month)
    if value is None or tile.reason:
        return replace(tile, value=wording.NOT_AVAILABLE)
    changes = []
    for day, difference in _differences(series, month):
        sign = "+" if difference > 0 else wording.MINUS if difference < 0 else ""
        tone = _tone(difference, is_higher_better)
        changes.append(Change(f"{sign}{(difference_words or words)(abs(difference))}", wording.month(day), tone))
    trend = _trend(series, month, tile.label, lambda one: wording.NOT_AVAILABLE if one is None else words(one), None)
    return replace(tile, value=words(value), changes=tuple(changes), trend=trend)
