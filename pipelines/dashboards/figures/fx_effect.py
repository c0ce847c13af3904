"""What currency does to NRR: reported less constant currency, in percentage points, a bar a month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

HEIGHT = 240
MOST_TICKS, MOST_NARROW_TICKS = 8, 4


def fx_effect(months: Sequence[dt.date], points: Sequence[float | None], narrow: bool = False) -> Figure:
    """Hatched bars from zero, neutral because nobody earned or lost them; the last and the extremes carry values."""
    positions = list(range(len(months)))
    known = [(value, index) for index, value in enumerate(points) if value is not None]
    told = {known[-1][1], max(known)[1], min(known)[1]} if known else set()
    step = -(-len(months) // (MOST_NARROW_TICKS if narrow else MOST_TICKS)) or 1
    shown = positions[::-1][::step][::-1]
    low, high = min([0.0, *(value for value, _ in known)]), max([0.0, *(value for value, _ in known)])
    air = ((high - low) or 1.0) * 0.18
    trace = {
        "type": "bar",
        "x": positions,
        "y": list(points),
        "width": 0.7,
        "marker": {
            "color": theme.colour("neutral"),
            "line": {"width": 1, "color": theme.colour("neutral")},
            "pattern": {
                "shape": "/",
                "bgcolor": theme.colour("surface"),
                "fgcolor": theme.colour("neutral"),
                "size": 6,
                "solidity": 0.35,
            },
        },
        "customdata": [
            [wording.month(month), wording.points(value, sign=True)]
            for month, value in zip(months, points, strict=True)
        ],
        "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b> pp<extra></extra>",
    }
    return Figure(
        [trace],
        theme.layout(
            HEIGHT,
            margin={"l": 8, "r": 48, "t": 8, "b": 32},
            xaxis=theme.axis(
                tickmode="array", tickvals=shown, ticktext=[wording.month(months[index]) for index in shown]
            ),
            yaxis=theme.axis(
                showticklabels=False,
                zeroline=True,
                zerolinecolor=theme.colour("neutral"),
                range=[low - air, high + air],
            ),
            annotations=[
                _label(value, index, is_last=index == known[-1][1]) for value, index in known if index in told
            ],
        ),
    )


def _label(value: float, index: int, is_last: bool) -> dict[str, Any]:
    """A bar's value: beside the last bar, over or under the others."""
    words = wording.points(value, sign=True)
    ink = {"size": theme.NOTE_SIZE, "color": theme.colour("ink")}
    if is_last:
        return theme.note(f"<b>{words}</b>", x=index, y=value / 2, xanchor="left", xshift=8, font=ink)
    return theme.note(words, x=index, y=value, yanchor="bottom" if value >= 0 else "top", font=ink)
