"""The value axis of a chart, the same in both formats: whole, round steps, and how its numbers read."""

import math

from pipelines.dashboards.wording import MINUS, THIN, money
from pipelines.qbr.deck import Chart, Format, Kind

STEPS = 5
PLAIN = str.maketrans({THIN: "\u00a0", MINUS: "-"})  # what every font of a chart has


def bounds(chart: Chart) -> tuple[float, float, float]:
    """Lowest and highest value and the step of the axis; bars start at zero."""
    columns = list(zip(*(series.values for series in chart.series), strict=True))
    is_stacked = chart.kind is Kind.STACKED
    tops = [
        sum(value or 0 for value in column) if is_stacked else max(value or 0 for value in column) for column in columns
    ]
    lows = [min(value or 0 for value in column) for column in columns]
    unit = chart.limit or 1.0
    top, low = max((*tops, 0.0)), min((*lows, 0.0))
    step = unit * _round_step(max(top, -low) / unit)
    return step * math.floor(low / step), step * max(1, math.ceil(top / step)), step


def _round_step(size: float) -> float:
    """1, 2 or 5 times a power of ten, at least 1, so that five or fewer reach the size."""
    return next(
        float(lead * 10**power) for power in range(20) for lead in (1, 2, 5) if size <= STEPS * lead * 10**power
    )


def written(kind: Format, value: float) -> str:
    """A number on the axis or over a bar."""
    if kind is Format.AMOUNT:
        return money(value).translate(PLAIN)
    if kind is Format.SHARE:
        return f"{value * 100:.0f}\u00a0%"
    return f"{value:.0f}"
