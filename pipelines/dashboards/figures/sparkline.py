"""A word-sized line for a tile. SVG, not Plotly: it takes the page's theme and prints without script."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup, escape

WIDTH, HEIGHT, MARGIN = 200.0, 44.0, 5.0
STYLE = """
.spark > * { vector-effect: non-scaling-stroke; }
.spark-line { fill: none; stroke: var(--ink); stroke-width: 1.75; stroke-linejoin: round; }
.spark-target { stroke: var(--accent); stroke-width: 1; stroke-dasharray: 2 3; }
.spark-end { stroke: var(--ink); stroke-width: 7; stroke-linecap: round; }
"""


def sparkline(
    values: Sequence[float | None],
    alt: str,
    target: float | None = None,
    value_range: tuple[float, float] | None = None,
) -> Markup:
    """An inline SVG of the values in order, the last one dotted, gaps left open, the target a thin line.

    `value_range` is the scale shared with other drawings; without one the drawing takes its own. Coloured by the
    classes `spark-line`, `spark-end` and `spark-target`. Empty where there is no value at all.
    """
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    scale = [*known, target] if target is not None else known
    low, high = value_range or (min(scale), max(scale))

    def x(index: int) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (index / (len(values) - 1) if len(values) > 1 else 1.0)

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share

    runs = groupby(enumerate(values), key=lambda pair: pair[1] is not None)
    lines = [
        " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in run if value is not None)
        for is_known, run in runs
        if is_known
    ]
    parts = [Markup('<polyline class="spark-line" points="{}"/>').format(line) for line in lines]
    if target is not None:
        parts.insert(
            0,
            Markup('<line class="spark-target" x1="0" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>').format(
                WIDTH, y(target), y(target)
            ),
        )
    last = max(index for index, value in enumerate(values) if value is not None)
    # A dot as the round end of a line without length stays round when the picture is stretched to its tile.
    end = Markup('<path class="spark-end" d="M{:.1f} {:.1f}h.01"/>').format(x(last), y(values[last] or 0.0))
    return Markup(
        '<svg class="spark" viewBox="0 0 {:.0f} {:.0f}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, escape(alt), Markup("").join([*parts, end]))
