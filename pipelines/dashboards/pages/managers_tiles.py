"""Tiles of one series by month: value, target, change on month and year, 24-month trend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from pipelines.dashboards import wording
from pipelines.dashboards.figures.sparkline import sparkline
from pipelines.dashboards.pages.view import Change, Tile

TREND_MONTHS = 24
Series = Mapping[dt.date, float | None]


def series_tile(
    key: str,
    label: str,
    series: Series,
    month: dt.date,
    shown: Callable[[float | None], str],
    scale: float,
    href: str,
    target: float | None = None,
    **parts: str,
) -> Tile:
    """A tile of one series by month, shown by `shown`. Changes are in points after `scale`; 0: as amounts of money.

    `parts` are further fields of the tile: beside, band, band_words, note.
    """
    value = series.get(month)
    changes = []
    for back in (1, 12):
        day = wording.add_months(month, -back)
        before = series.get(day)
        if value is None or before is None:
            continue
        difference = value - before
        amount = wording.points(difference * scale, sign=True) if scale else wording.money(difference, sign=True)
        tone = "neutral" if abs(difference) < 1e-9 else "good" if difference > 0 else "bad"
        changes.append(Change(amount, wording.month(day), tone))
    months = [wording.add_months(month, -back) for back in range(TREND_MONTHS - 1, -1, -1)]
    known = [series.get(day) for day in months]
    return Tile(
        key=key,
        label=label,
        value=shown(value),
        unit="",
        target=f"target {_limit(shown(target))}" if target is not None else "",
        changes=tuple(changes),
        trend=sparkline(known, f"{label} over {TREND_MONTHS} months to {shown(value)}", target),
        reason="" if value is not None else f"not measured in {wording.month(month)}",
        href=href,
        **parts,
    )


def _limit(words: str) -> str:
    """A target without a decimal that says nothing: 70.0 % is 70 %."""
    return words.replace(f".0{wording.THIN}%", f"{wording.THIN}%").removesuffix(".0")
