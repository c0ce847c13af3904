"""A level over time against its target: scores, satisfaction, NPS with its interval. Small samples are hollow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

HEIGHT = 260
MOST_TICKS, MOST_NARROW_TICKS = 8, 3
GUTTER, NARROW_GUTTER = 0.22, 0.45  # of the points: left of the first one, for the words of the limits


@dataclass(frozen=True)
class Point:
    """One period: its label, its value (None = not measured), what a hover adds, the bounds of its interval.

    `is_sure` False draws it hollow: few answers, or too little measured.
    """

    label: str
    value: float | None
    detail: str = ""
    low: float | None = None
    high: float | None = None
    is_sure: bool = True


def level_line(
    points: Sequence[Point],
    words: Callable[[float], str],
    limits: Sequence[tuple[str, float]],
    value_range: tuple[float, float],
    narrow: bool = False,
    is_joined: bool = True,
) -> Figure:
    """The points in order, the last one labelled. `limits`: (words, value) of the thin lines behind.

    `words` writes a value; `value_range` is the scale; `is_joined` False draws points only, each by itself.
    """
    positions = list(range(len(points)))
    values = [point.value for point in points]
    last = max((index for index, value in enumerate(values) if value is not None), default=-1)
    line = {
        "type": "scatter",
        "x": positions,
        "y": values,
        "mode": "lines+markers" if is_joined else "markers",
        "connectgaps": False,
        "line": {"color": theme.colour("ink"), "width": 2.25},
        "marker": {
            "size": [9 if index == last or not is_joined else 6 for index in positions],
            "color": [theme.colour("ink" if point.is_sure else "surface") for point in points],
            "line": {"color": theme.colour("ink"), "width": 1.5},
            "opacity": 1,
        },
        "error_y": _interval(points),
        "cliponaxis": False,
        "customdata": [[theme.label(point.label), _shown(point, words)] for point in points],
        "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>",
    }
    step = -(-len(points) // (MOST_NARROW_TICKS if narrow else MOST_TICKS))
    ticks = positions[::-1][:: max(step, 1)][::-1]
    return Figure(
        [line],
        theme.layout(
            HEIGHT,
            margin={"l": 8, "r": 72, "t": 16, "b": 32},
            hovermode="closest",
            xaxis=theme.axis(
                tickmode="array",
                tickangle=0,
                tickvals=ticks,
                ticktext=[theme.label(points[index].label) for index in ticks],
                range=[
                    -0.5 - ((NARROW_GUTTER if narrow else GUTTER) * len(points) if limits else 0),
                    len(points) - 0.5,
                ],
            ),
            yaxis=theme.axis(showticklabels=False, range=list(value_range)),
            shapes=[
                {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "layer": "below"}
                | {"line": {"color": theme.colour("accent"), "width": 1}}
                for _, value in limits
            ],
            annotations=[*_limit_labels(limits), *_end_label(points, last, words)],
        ),
    )


def _interval(points: Sequence[Point]) -> dict:
    known = [point.value is not None and point.low is not None and point.high is not None for point in points]
    if not any(known):
        return {"visible": False}
    ups = [(point.high or 0) - (point.value or 0) if ok else 0 for point, ok in zip(points, known, strict=True)]
    downs = [(point.value or 0) - (point.low or 0) if ok else 0 for point, ok in zip(points, known, strict=True)]
    return {
        "type": "data",
        "symmetric": False,
        "array": ups,
        "arrayminus": downs,
        "color": theme.colour("neutral"),
        "thickness": 1.5,
        "width": 4,
    }


def _shown(point: Point, words: Callable[[float], str]) -> str:
    value = "not measured" if point.value is None else words(point.value)
    return theme.label(f"{value} {point.detail}".strip())


def _limit_labels(limits: Sequence[tuple[str, float]]) -> list[dict]:
    place = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "bottom"}
    return [
        theme.note(theme.label(words), y=value, **place, font={"size": 11, "color": theme.colour("accent")})
        for words, value in limits
    ]


def _end_label(points: Sequence[Point], last: int, words: Callable[[float], str]) -> list[dict]:
    if last < 0:
        return []
    value = points[last].value or 0.0
    return [
        theme.note(
            f"<b>{theme.label(words(value))}</b>",
            x=last,
            y=value,
            xanchor="left",
            xshift=10,
            bgcolor=theme.colour("surface"),
            font={"size": theme.LABEL_SIZE, "color": theme.colour("ink")},
        )
    ]
