"""Two readings of one rate for each name: plain solid, handover-fair hollow, on one scale with the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.scorecards import short_name
from pipelines.dashboards.figures.theme import Figure

ROW = 28


@dataclass(frozen=True)
class Pair:
    """A name with its plain and its fair rate (fractions of 1, None = not measured) and where a click leads."""

    name: str
    plain: float | None
    fair: float | None
    href: str = ""


def rate_pairs(pairs: Sequence[Pair], target: float | None, narrow: bool = False) -> Figure:
    """One row a pair, its two marks joined by a thin line; the plain rate and the difference in points at the right."""
    seen = [value for pair in pairs for value in (pair.plain, pair.fair) if value is not None]
    seen += [target] if target is not None else []
    low, high = (min(seen), max(seen)) if seen else (0.0, 1.0)
    air = max((high - low) * 0.08, 0.02)
    # One line for all pairs: a gap between two of them lifts the pen.
    ends = [(pair.plain, pair.fair, index) for index, pair in enumerate(pairs) if None not in (pair.plain, pair.fair)]
    between = {
        "type": "scatter",
        "x": [x for plain, fair, _ in ends for x in (plain, fair, None)],
        "y": [y for _, _, index in ends for y in (index, index, None)],
        "mode": "lines",
        "line": {"color": theme.colour("neutral"), "width": 2},
        "hoverinfo": "skip",
    }
    marks = [
        {
            "type": "scatter",
            "x": [getattr(pair, field) for pair in pairs],
            "y": list(range(len(pairs))),
            "mode": "markers",
            "marker": {**marker, "line": {"color": theme.colour("ink"), "width": 1.5}, "opacity": 1},
            "ids": theme.ids([pair.href for pair in pairs]),
            "customdata": [[theme.label(pair.name), wording.percent(getattr(pair, field))] for pair in pairs],
            "hovertemplate": f"%{{customdata[0]}}, {words}<br><b>%{{customdata[1]}}</b><extra></extra>",
        }
        for field, words, marker in (
            ("fair", "handover-fair", {"color": theme.colour("surface"), "size": 12}),
            ("plain", "NRR", {"color": theme.colour("ink"), "size": 8}),
        )
    ]
    return Figure(
        [between, *marks],
        theme.layout(
            ROW * len(pairs) + 44,
            margin={"l": 108 if narrow else 150, "r": 104, "t": 24, "b": 16},
            hovermode="closest",
            xaxis=theme.axis(showticklabels=False, range=[low - air, high + air]),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=list(range(len(pairs))),
                ticktext=[short_name(pair.name, 14 if narrow else 20) for pair in pairs],
                range=[len(pairs) - 0.5, -0.5],
                ticklabelstandoff=6,
                tickfont={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
            ),
            shapes=_target_line(target, len(pairs)),
            annotations=[*_target_label(target), *(_values(pair, index) for index, pair in enumerate(pairs))],
        ),
    )


def _target_line(target: float | None, rows: int) -> list[dict]:
    if target is None:
        return []
    line = {"color": theme.colour("accent"), "width": 1}
    return [{"type": "line", "x0": target, "x1": target, "y0": -0.5, "y1": rows - 0.5, "line": line, "layer": "below"}]


def _target_label(target: float | None) -> list[dict]:
    if target is None:
        return []
    words = f"target {wording.plain_percent(target)}"
    font = {"size": 11, "color": theme.colour("accent")}
    return [theme.note(words, x=target, y=-0.5, yanchor="bottom", font=font)]


def _values(pair: Pair, index: int) -> dict:
    if pair.plain is None:
        text = "not measured"
    elif pair.fair is None:
        text = f"<b>{wording.percent(pair.plain)}</b>"
    else:
        text = f"<b>{wording.percent(pair.plain)}</b> {wording.points((pair.fair - pair.plain) * 100, sign=True)}"
    font = {"size": theme.NOTE_SIZE, "color": theme.colour("ink")}
    return theme.note(text, xref="paper", x=1, xanchor="left", xshift=6, y=index, font=font)
