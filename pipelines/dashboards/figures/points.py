"""Points of a score by component: what was earned of what there is, and what was not measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

ROW = 46


@dataclass(frozen=True)
class Part:
    """A component: its name, its points (None = not measured), the most it can have, what was measured in words."""

    name: str
    points: int | None
    maximum: int
    measured: str


def points_bars(parts: Sequence[Part], narrow: bool = False) -> Figure:
    """A bar a component on one scale: earned solid, the rest light, not measured hatched; words above the bar."""
    positions = list(range(len(parts)))
    widest = max((part.maximum for part in parts), default=1)
    most = {
        "type": "bar",
        "orientation": "h",
        "x": [part.maximum for part in parts],
        "y": positions,
        "width": 0.34,
        "hoverinfo": "skip",
        "marker": {
            "color": theme.colour("hairline"),
            "pattern": {
                "shape": ["/" if part.points is None else "" for part in parts],
                "bgcolor": theme.colour("surface"),
                "fgcolor": theme.colour("neutral"),
                "size": 6,
                "solidity": 0.3,
            },
        },
    }
    earned = {
        "type": "bar",
        "orientation": "h",
        "x": [part.points or 0 for part in parts],
        "y": positions,
        "width": 0.34,
        "marker": {"color": theme.colour("total")},
        "customdata": [[theme.label(part.name), _points(part), theme.label(part.measured)] for part in parts],
        "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
    }
    words = [
        theme.note(
            f"<b>{theme.label(part.name)}</b>" + ("" if narrow else f"  {theme.label(part.measured)}"),
            x=0,
            y=index - 0.24,
            xanchor="left",
            yanchor="bottom",
            font={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
        )
        for index, part in enumerate(parts)
    ]
    ends = [
        theme.note(
            _points(part),
            x=part.maximum,
            y=index,
            xanchor="left",
            xshift=8,
            font={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
        )
        for index, part in enumerate(parts)
    ]
    return Figure(
        [most, earned],
        theme.layout(
            ROW * len(parts) + 16,
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
            barmode="overlay",
            xaxis=theme.axis(showticklabels=False, range=[0, widest * (1.5 if narrow else 1.3)]),
            yaxis=theme.axis(showticklabels=False, range=[len(parts) - 0.5, -0.75]),
            annotations=[*words, *ends],
        ),
    )


def _points(part: Part) -> str:
    return "not measured" if part.points is None else f"{part.points} of {part.maximum}"
