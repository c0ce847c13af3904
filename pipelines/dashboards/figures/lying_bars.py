"""A few amounts side by side: lying bars from a common zero, each with its name before it and its value behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

BAR_HEIGHT = 56
ROOM_FOR_LABELS = 0.9  # of the longest bar


@dataclass(frozen=True)
class LyingBar:
    """One bar. Texts are Plotly's HTML, so what comes from data is escaped already; `tone` is a token of `theme`.

    `path` is where a click leads. A negative amount goes to the left of zero.
    """

    name: str
    amount: float
    label: str
    tone: str
    hover: str
    path: str = ""


def lying_bars(bars: Sequence[LyingBar], margin: int, height: int = BAR_HEIGHT) -> Figure:
    """The bars from top to bottom. `margin` is the room for the names, `height` that of a bar, in pixels."""
    positions = list(range(len(bars)))
    amounts = [bar.amount for bar in bars]
    low, high = min([0.0, *amounts]), max([0.0, *amounts])
    longest = max(high, -low) or 1.0
    ink = {"size": theme.LABEL_SIZE, "color": theme.colour("ink")}
    trace = {
        "type": "bar",
        "x": amounts,
        "y": positions,
        "orientation": "h",
        "ids": theme.ids([bar.path for bar in bars]),
        "width": 0.62,
        "marker": {"color": [theme.colour(bar.tone) for bar in bars]},
        "customdata": [[bar.name, bar.hover] for bar in bars],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    }
    return Figure(
        [trace],
        theme.layout(
            24 + height * max(len(bars), 1),
            margin={"l": margin, "r": 8, "t": 8, "b": 8},
            xaxis=theme.axis(
                showticklabels=False,
                zeroline=low < 0,
                zerolinecolor=theme.colour("neutral"),
                range=[low, high + longest * ROOM_FOR_LABELS],
            ),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=positions,
                ticktext=[bar.name for bar in bars],
                ticklabelstandoff=8,
                range=[len(bars) - 0.5, -0.5],
                tickfont=ink,
            ),
            annotations=[
                theme.note(
                    bar.label, x=max(bar.amount, 0.0), y=position, xanchor="left", xshift=6, align="left", font=ink
                )
                for position, bar in enumerate(bars)
            ],
        ),
    )
