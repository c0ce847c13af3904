"""How far along goals are: one dot a goal on a scale of 0 to 100 %, one row a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.scorecards import short_name
from pipelines.dashboards.figures.theme import Figure

ROW = 28
NEAR = 0.03  # dots closer than this on the scale are set beside each other
SHIFT = 0.22  # of a row


@dataclass(frozen=True)
class Goal:
    """A goal in words and its progress, 0..1."""

    words: str
    progress: float


def progress_dots(rows: Sequence[tuple[str, str, Sequence[Goal]]], narrow: bool = False) -> Figure:
    """`rows`: (name, where a click leads, goals). Reached goals are solid, others orange; at the right how many are."""
    dots = [
        (goal, index + offset, name, href)
        for index, (name, href, goals) in enumerate(rows)
        for goal, offset in _apart(goals)
    ]
    marks = {
        "type": "scatter",
        "x": [goal.progress for goal, _, _, _ in dots],
        "y": [y for _, y, _, _ in dots],
        "mode": "markers",
        "cliponaxis": False,
        "marker": {
            "size": 10,
            "symbol": ["circle" if goal.progress >= 1 else "diamond" for goal, _, _, _ in dots],
            "color": [theme.colour("total" if goal.progress >= 1 else "bad") for goal, _, _, _ in dots],
            "opacity": 1,
        },
        "ids": theme.ids([href for _, _, _, href in dots]),
        "customdata": [[theme.label(name), theme.label(goal.words)] for goal, _, name, _ in dots],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<br><b>%{x:.1%}</b><extra></extra>",
    }
    ticks = [0, 0.5, 1]
    return Figure(
        [marks],
        theme.layout(
            ROW * len(rows) + 44,
            margin={"l": 108 if narrow else 150, "r": 56, "t": 8, "b": 32},
            hovermode="closest",
            xaxis=theme.axis(
                range=[-0.03, 1.04], tickvals=ticks, ticktext=[wording.plain_percent(tick) for tick in ticks]
            ),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=list(range(len(rows))),
                ticktext=[short_name(name, 14 if narrow else 20) for name, _, _ in rows],
                range=[len(rows) - 0.5, -0.5],
                ticklabelstandoff=6,
                tickfont={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
            ),
            shapes=[
                {"type": "line", "x0": 1, "x1": 1, "y0": -0.5, "y1": len(rows) - 0.5, "layer": "below"}
                | {"line": {"color": theme.colour("accent"), "width": 1}}
            ],
            annotations=[
                theme.note(
                    f"{sum(goal.progress >= 1 for goal in goals)} of {len(goals)}",
                    xref="paper", x=1, xanchor="left", xshift=8, y=index,
                    font={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
                )
                for index, (_, _, goals) in enumerate(rows)
            ],
        ),
    )  # fmt: skip


def _apart(goals: Sequence[Goal]) -> list[tuple[Goal, float]]:
    """Each goal with the part of a row it is moved up or down, so that no dot hides another."""
    ordered = sorted(goals, key=lambda goal: goal.progress)
    placed: list[tuple[Goal, float]] = []
    run: list[Goal] = []
    for goal in [*ordered, None]:
        if goal is None or (run and goal.progress - run[-1].progress > NEAR):
            middle = (len(run) - 1) / 2
            placed += [(each, (index - middle) * SHIFT) for index, each in enumerate(run)]
            run = []
        if goal is not None:
            run.append(goal)
    return placed
