"""How does an account manager do? Attainment of every metric on one scale, and the points that add up to the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

ROW = 26
HEADING = 30
MOST_SHOWN = 1.6  # of the target; beyond it a bar says no more than its label
ROOM_FOR_LABEL, ROOM_FOR_LABELS = 1.42, 1.75  # of the widest bar; with its target
NAME_LENGTH = 24
ALTERNATING = ("total", "reported")


@dataclass(frozen=True)
class Bullet:
    """One bar: actual / target as `ratio` (None = not measured), both in words, and where a click leads."""

    name: str
    ratio: float | None
    actual: str
    target: str
    href: str = ""


@dataclass(frozen=True)
class Stack:
    """One stacked bar: (metric, points of 100, the most it can give) in order, adding up to `score` (points of 100).

    `score` None = nothing could be measured; `is_rated` False draws the bar as not to be judged.
    """

    name: str
    parts: tuple[tuple[str, float, float], ...]
    score: float | None
    is_rated: bool
    href: str = ""


def short_name(name: str, most: int = NAME_LENGTH) -> str:
    """A name for an axis: harmless in a figure, and cut where it would push the bars away."""
    return theme.label(name if len(name) <= most else f"{name[: most - 1].rstrip()}…")


def bullet_bars(groups: Sequence[tuple[str, Sequence[Bullet]]], narrow: bool = False) -> Figure:
    """Bars of actual against target (the line at 100 %), one small multiple a group, all on one scale.

    `groups`: (heading, bullets), with the same names in the same order. `narrow` sets the multiples under each other.
    """
    ratios = [bullet.ratio for _, bullets in groups for bullet in bullets if bullet.ratio is not None]
    widest = max(1.0, min(max(ratios, default=1.0), MOST_SHOWN))
    count, rows = len(groups), len(groups[0][1])
    is_stacked = narrow or count == 1
    height = (count if is_stacked else 1) * (ROW * rows + HEADING) + 8
    names = [short_name(bullet.name, 14 if narrow else NAME_LENGTH) for bullet in groups[0][1]]
    traces, axes, headings = [], {}, []
    for index, (heading, bullets) in enumerate(groups):
        number = "" if index == 0 else str(index + 1)
        traces += _bullet_traces(bullets, widest, count == 1, {"xaxis": f"x{number}", "yaxis": f"y{number}"})
        share = _share(index, count, HEADING / (height - HEADING - 8)) if is_stacked else [0.0, 1.0]
        axes[f"xaxis{number}"] = theme.axis(
            anchor=f"y{number}",
            domain=[0.0, 1.0] if is_stacked else _share(index, count, 0.02),
            showticklabels=False,
            range=[0, widest * (ROOM_FOR_LABELS if count == 1 else ROOM_FOR_LABEL)],
        )
        axes[f"yaxis{number}"] = theme.axis(
            anchor=f"x{number}",
            domain=[1 - share[1], 1 - share[0]],
            tickmode="array",
            tickvals=list(range(rows)),
            ticktext=names,
            showticklabels=is_stacked or index == 0,
            range=[rows - 0.5, -0.5],
            ticklabelstandoff=6,
            tickfont={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
        )
        place = {"xref": f"x{number} domain", "yref": f"y{number} domain", "xanchor": "left", "yanchor": "bottom"}
        headings.append(theme.note(heading, x=0, y=1, **place))
    margin = {"l": 114 if narrow else 170, "r": 8, "t": HEADING, "b": 8}
    return Figure(traces, theme.layout(height, margin=margin, bargap=0.45, annotations=headings, **axes))


def _share(index: int, count: int, gap: float) -> list[float]:
    """The part of the width or height that the multiple takes, `gap` between two of them."""
    size = (1 - gap * (count - 1)) / count
    return [index * (size + gap), index * (size + gap) + size]


def _bullet_traces(bullets: Sequence[Bullet], widest: float, has_targets: bool, axes: dict[str, str]) -> list[dict]:
    """Bars, target marks and values; `has_targets` writes each target beside its value."""
    positions = list(range(len(bullets)))
    bars = {
        "type": "bar",
        "x": [min(max(bullet.ratio or 0.0, 0.0), widest) for bullet in bullets],
        "y": positions,
        "orientation": "h",
        "marker": {"color": [theme.colour("total" if (bullet.ratio or 0.0) >= 1 else "bad") for bullet in bullets]},
        "ids": theme.ids([bullet.href for bullet in bullets]),
        "customdata": [[theme.label(bullet.name), theme.label(_hover(bullet))] for bullet in bullets],
        "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>",
    }
    targets = {
        "type": "scatter",
        "x": [1.0] * len(bullets),
        "y": positions,
        "mode": "markers",
        "marker": {"symbol": "line-ns", "size": 15, "line": {"color": theme.colour("accent"), "width": 2}},
        "hoverinfo": "skip",
    }
    # In a column of their own: beside its bar, a label would lie on the target's line.
    labels = {
        "type": "scatter",
        "x": [widest * 1.03] * len(bullets),
        "y": positions,
        "mode": "text",
        "text": [theme.label(_label(bullet, has_targets)) for bullet in bullets],
        "textposition": "middle right",
        "textfont": {"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    return [bars | axes, targets | axes, labels | axes]


def _label(bullet: Bullet, has_target: bool) -> str:
    if bullet.ratio is None:
        return "n/a"
    return f"{bullet.actual} of {bullet.target}" if has_target else bullet.actual


def _hover(bullet: Bullet) -> str:
    if bullet.ratio is None:
        return "not measured"
    return f"{bullet.actual} of {bullet.target}: {min(max(bullet.ratio, 0), 1) * 100:.1f} % attained"


def points_bars(stacks: Sequence[Stack], minimums: Sequence[tuple[str, float]], narrow: bool = False) -> Figure:
    """One lying bar an account manager, its parts adding up to the score; what is missing to 100 is left light.

    `minimums`: (rating in words, points of 100 from which it is given), drawn as thin lines.
    """
    positions = list(range(len(stacks)))
    traces = [
        _part_bars(stacks, index, narrow) for index in range(max((len(stack.parts) for stack in stacks), default=0))
    ]
    missing = {
        "type": "bar",
        "x": [max(100 - (stack.score or 0.0), 0.0) for stack in stacks],
        "y": positions,
        "orientation": "h",
        "marker": {"color": theme.colour("band_acceptable"), "line": {"color": theme.colour("hairline"), "width": 1}},
        "hovertemplate": "missing to 100: <b>%{x:.1f}</b><extra></extra>",
    }
    lines = [
        {"type": "line", "x0": points, "x1": points, "y0": -0.5, "y1": len(stacks) - 0.5, "layer": "below"}
        | {"line": {"color": theme.colour("accent"), "width": 1.5}}
        for _, points in minimums
        if points > 0
    ]
    return Figure(
        [*traces, missing],
        theme.layout(
            ROW * len(stacks) + (92 if len(stacks) == 1 else 76),
            barmode="stack",
            bargap=0.36,
            margin={"l": 108 if narrow else 170, "r": 8, "t": 28, "b": 40},
            xaxis=theme.axis(range=[0, 130 if narrow else 112], showticklabels=False),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=positions,
                ticktext=[short_name(stack.name, 14 if narrow else NAME_LENGTH) for stack in stacks],
                range=[len(stacks) - 0.5, -0.5],
                ticklabelstandoff=6,
                tickfont={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
            ),
            shapes=lines,
            annotations=[
                *_score_labels(stacks),
                *_part_labels(stacks, narrow),
                *_minimum_labels(minimums, len(stacks), narrow),
            ],
        ),
    )


def _part_bars(stacks: Sequence[Stack], index: int, narrow: bool) -> dict:
    """The parts of all bars that stand at one place of the order."""
    parts = [stack.parts[index] if index < len(stack.parts) else ("", 0.0, 0.0) for stack in stacks]
    fill = ALTERNATING[index % 2]
    return {
        "type": "bar",
        "x": [points for _, points, _ in parts],
        "y": list(range(len(stacks))),
        "orientation": "h",
        "marker": {
            "color": [theme.colour(fill if stack.is_rated else "band_acceptable") for stack in stacks],
            "line": {"color": theme.colour("surface"), "width": 1},
        },
        "text": [f"{points:.0f}" if points >= (9 if narrow else 3) else "" for _, points, _ in parts],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 11, "color": [theme.colour("surface" if stack.is_rated else "muted") for stack in stacks]},
        "ids": theme.ids([stack.href for stack in stacks]),
        "customdata": [
            [theme.label(stack.name), theme.label(name), f"{points:.1f} of {most:.1f} points"]
            for stack, (name, points, most) in zip(stacks, parts, strict=True)
        ],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}: <b>%{customdata[2]}</b><extra></extra>",
    }


def _score_labels(stacks: Sequence[Stack]) -> list[dict]:
    return [
        theme.note(
            "n/a" if stack.score is None else f"<b>{stack.score:.1f}</b>",
            x=100,
            y=index,
            xanchor="left",
            xshift=6,
            font={"size": theme.LABEL_SIZE, "color": theme.colour("ink" if stack.is_rated else "muted")},
        )
        for index, stack in enumerate(stacks)
    ]


def _part_labels(stacks: Sequence[Stack], narrow: bool) -> list[dict]:
    """The metrics' names over the parts of the first bar; a phone has room for the wide ones only."""
    labels, at = [], 0.0
    for name, points, _ in stacks[0].parts if stacks else ():
        if points >= (22 if narrow else 4.5):
            labels.append(
                theme.note(theme.label(name), x=at + points / 2, y=-0.5, yanchor="bottom", font=_small("muted"))
            )
        at += points
    return labels


def _minimum_labels(minimums: Sequence[tuple[str, float]], rows: int, narrow: bool) -> list[dict]:
    """The ratings' names under their lines, each beginning at its line."""
    return [
        theme.note(
            f"{points:.0f}" if narrow else f"{points:.0f} {theme.label(name)}",
            x=points,
            y=rows - 0.5,
            xanchor="left" if not narrow else "center",
            yanchor="top",
            yshift=-2,
            font=_small("accent"),
        )
        for name, points in minimums
        if points > 0
    ]


def _small(tone: str) -> dict:
    return {"size": 11, "color": theme.colour(tone)}
