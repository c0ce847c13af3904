"""Are we on time? A strip of times for each severity on a logarithmic scale, against the limits of both policies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

ROW = 64
LARGEST_DOT = 26
TICKS = (
    (1 / 60, "1 min"),
    (0.1, "6 min"),
    (1, "1 h"),
    (4, "4 h"),
    (24, "1 day"),
    (72, "3 days"),
    (168, "7 days"),
    (720, "30 days"),
)


@dataclass(frozen=True)
class Dot:
    """Escalations of about the same time: how many, their hours (mean, least, most), whether within every limit."""

    count: int
    hours: float
    least: float
    most: float
    is_met: bool
    href: str = ""


@dataclass(frozen=True)
class Strip:
    """One severity: its dots; (limit in hours, share met) of the first and the second policy; how many were decided."""

    name: str
    dots: Sequence[Dot]
    limits: tuple[float | None, float | None]
    rates: tuple[float | None, float | None]
    decided: int


def hours_words(hours: float) -> str:
    """A duration as people say it: 24 min, 3.5 h, 2.1 days."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return (
        f"{hours:.1f} h".replace(".0 h", " h") if hours < 48 else f"{hours / 24:.1f} days".replace(".0 days", " days")
    )


def time_strips(strips: Sequence[Strip], policies: tuple[str, str], narrow: bool = False) -> Figure:
    """A row a strip. The first policy's limit is a solid line, the second's, where it differs, a dashed one.

    `policies` are their names, over the shares met at the right.
    """
    ends = [hours for strip in strips for dot in strip.dots for hours in (dot.least, dot.most)]
    ends += [limit for strip in strips for limit in strip.limits if limit]
    low, high = math.log10(max(min(ends, default=0.1), 0.01)), math.log10(max(ends, default=24))
    traces = [_dots(strips, is_met) for is_met in (True, False)]
    ticks = _ticks(low, high, narrow)
    return Figure(
        traces,
        theme.layout(
            ROW * len(strips) + 72,
            margin={"l": 36, "r": 118 if narrow else 190, "t": 36, "b": 32},
            hovermode="closest",
            xaxis=theme.axis(
                range=[low - 0.12, high + 0.12],
                tickmode="array",
                tickvals=[value for value, _ in ticks],
                ticktext=[words for _, words in ticks],
                tickangle=0,
            ),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=list(range(len(strips))),
                ticktext=[theme.label(strip.name) for strip in strips],
                range=[len(strips) - 0.5, -0.5],
                tickfont={"size": theme.LABEL_SIZE, "color": theme.colour("ink")},
            ),
            shapes=[shape for index, strip in enumerate(strips) for shape in _limit_lines(strip, index)],
            annotations=[*_headings(policies, narrow), *_shares(strips, narrow), *_limit_words(strips, narrow)],
        ),
    )


def _ticks(low: float, high: float, narrow: bool) -> list[tuple[float, str]]:
    """The labels of the scale that have room: so much of the width between two."""
    gap = (high - low) * (0.22 if narrow else 0.13)
    shown: list[tuple[float, str]] = []
    for hours, words in TICKS:
        at = math.log10(hours)
        if low - 0.1 <= at <= high + 0.1 and (not shown or at - shown[-1][0] >= gap):
            shown.append((at, words))
    return shown


def _dots(strips: Sequence[Strip], is_met: bool) -> dict:
    shown = [
        (dot, index, strip.name) for index, strip in enumerate(strips) for dot in strip.dots if dot.is_met is is_met
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [math.log10(max(dot.hours, 0.01)) for dot, _, _ in shown],
        "y": [index for _, index, _ in shown],
        "cliponaxis": False,
        "marker": {
            "size": [min(6 + 3 * math.sqrt(dot.count - 1), LARGEST_DOT) for dot, _, _ in shown],
            "symbol": "circle" if is_met else "diamond",
            "color": theme.colour("neutral" if is_met else "bad"),
            "opacity": 0.55 if is_met else 0.9,
            "line": {"color": theme.colour("surface"), "width": 1},
        },
        "ids": theme.ids([dot.href for dot, _, _ in shown]),
        "customdata": [[theme.label(name), _hover(dot)] for dot, _, name in shown],
        "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>",
    }


def _hover(dot: Dot) -> str:
    verdict = "in time under both policies" if dot.is_met else "late under at least one policy"
    if dot.count == 1:
        return f"{hours_words(dot.hours)}, {verdict}"
    span = f"{hours_words(dot.least)} to {hours_words(dot.most)}"
    return f"{dot.count} escalations, {span}, {verdict}"


def _limit_lines(strip: Strip, index: int) -> list[dict]:
    first, second = strip.limits
    styles = [(first, "solid"), (second if second != first else None, "4px,3px")]
    return [
        {"type": "line", "x0": math.log10(limit), "x1": math.log10(limit), "y0": index - 0.4, "y1": index + 0.4}
        | {"line": {"color": theme.colour("accent"), "width": 2, "dash": dash}}
        for limit, dash in styles
        if limit
    ]


def _limit_words(strips: Sequence[Strip], narrow: bool) -> list[dict]:
    """The limits over their lines; on a phone, where two would overlap, the first policy's only."""
    font = {"size": 11, "color": theme.colour("accent")}
    return [
        theme.note(hours_words(limit), x=math.log10(limit), y=index - 0.38, yanchor="bottom", font=font)
        for index, strip in enumerate(strips)
        for limit in dict.fromkeys(strip.limits[:1] if narrow else strip.limits)
        if limit
    ]


COLUMNS, NARROW_COLUMNS = (12, 84, 150), (6, 52, 92)  # where the columns at the right begin


def _headings(policies: tuple[str, str], narrow: bool) -> list[dict]:
    words = (*policies, "n")
    places = NARROW_COLUMNS if narrow else COLUMNS
    return [
        theme.note(
            theme.label(name).replace(" ", "<br>"), xref="paper", yref="paper", x=1, xanchor="left", xshift=at, y=1,
            yanchor="bottom", align="left", font={"size": 11, "color": theme.colour("muted")},
        )
        for name, at in zip(words, places, strict=True)
    ]  # fmt: skip


def _shares(strips: Sequence[Strip], narrow: bool) -> list[dict]:
    places = NARROW_COLUMNS if narrow else COLUMNS
    found = []
    for index, strip in enumerate(strips):
        shares = [_share(rate, narrow) for rate in strip.rates]
        words = [f"<b>{shares[0]}</b>", shares[1], f"{strip.decided:,}{' few' if strip.decided < wording.FEW else ''}"]
        found += [
            theme.note(
                text, xref="paper", x=1, xanchor="left", xshift=at, y=index,
                font={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
            )
            for text, at in zip(words, places, strict=True)
        ]  # fmt: skip
    return found


def _share(rate: float | None, narrow: bool) -> str:
    if rate is None:
        return wording.NOT_AVAILABLE
    return f"{rate * 100:.0f}{wording.THIN}%" if narrow else wording.percent(rate)
