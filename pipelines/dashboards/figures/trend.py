"""Do we keep clients? A retention rate over the months, constant currency against reported, target bands behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.analysis.bands import Band
from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure
from pipelines.dashboards.policy import Bands, band_words

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

HEIGHT = 280
TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MOST_TICKS = 6
LABEL_GAP = 0.085  # of the height: a line of text
GUTTER = 0.24  # of the width: left of the lines, for the names of the bands
NARROW_GUTTER = 0.38
MOST_EVENTS = 2
EVENT_MONTHS = 4  # of two events that lie nearer, the smaller is left out
EVENT_LABEL_HEIGHT = 20  # pixels: labels stand in steps, so that neighbours do not touch
LONGEST_NAME = 22


@dataclass(frozen=True)
class Event:
    """What moved the rate in a month: whose, how much in words, and where a click on it leads."""

    month: dt.date
    name: str
    amount: str
    path: str = ""


def shared_range(values: Sequence[float | None], bands: Sequence[Bands] = ()) -> tuple[float, float]:
    """One scale for small multiples: all values and every limit of the bands, with some air."""
    bounds = [bound for each in bands for band in each.bands for bound in (band.lower, band.upper)]
    limits = [float(bound) for bound in bounds if bound is not None]
    seen = [value for value in values if value is not None] + limits
    if not seen:
        return 0.0, 1.0
    low, high = min(seen), max(seen)
    air = max((high - low) * 0.12, 0.02)
    return low - air, high + air


def retention_trend(
    rows: pl.DataFrame,
    bands: Bands,
    value_range: tuple[float, float],
    narrow: bool = False,
    events: Sequence[Event] = (),
) -> Figure:
    """Two lines over the months: cc solid, reported dashed with a hollow end.

    `rows`: month (DATE, ascending), cc and reported (fractions of 1, null where not measured). `bands` lie behind;
    `value_range` is the scale shared with the neighbouring figure. `narrow` writes fewer months. `events` are named at
    their months, the most important first.
    """
    months: list[dt.date] = rows["month"].to_list()
    ends = {name: _last_value(rows, name) for name in ("cc", "reported")}
    traces: list[dict[str, Any]] = []
    for name, line in (
        ("reported", {"color": theme.colour("reported"), "width": 1.75, "dash": "5px,3px"}),
        ("cc", {"color": theme.colour("ink"), "width": 2.5}),
    ):
        traces.append(
            {
                "type": "scatter",
                "x": months,
                "y": [None if value is None else float(value) for value in rows[name]],
                "mode": "lines+markers",
                "line": line,
                "marker": _end_marker(rows, name, str(line["color"]), hollow=name == "reported"),
                "connectgaps": False,
                "customdata": [
                    [wording.month(day), wording.percent(value)] for day, value in zip(months, rows[name], strict=True)
                ],
                "hovertemplate": f"%{{customdata[0]}} {NAMES[name]}<br><b>%{{customdata[1]}}</b><extra></extra>",
            }
        )
    told = _told(events, rows)
    side = _free_side(rows, value_range)
    if told:
        traces.append(_event_marks(told))
    ticks = _ticks(*value_range)
    shown = _month_ticks(months, 2 if narrow else 4)
    return Figure(
        traces,
        theme.layout(
            HEIGHT,
            margin={"l": 8 if narrow else 48, "r": 92, "t": 8, "b": 32},
            hovermode="closest",
            xaxis=theme.axis(
                tickmode="array",
                tickvals=shown,
                ticktext=[wording.month(day) for day in shown],
                range=_with_gutter(months, NARROW_GUTTER if narrow else GUTTER),
            ),
            yaxis=theme.axis(
                range=list(value_range),
                showticklabels=not narrow,
                tickmode="array",
                tickvals=ticks,
                ticktext=[wording.plain_percent(tick) for tick in ticks],
            ),
            shapes=[*_band_shapes(bands, value_range), *_event_lines(told, value_range[side])],
            annotations=[
                *_band_labels(bands, value_range),
                *_end_labels(ends, value_range),
                *_event_labels(told, side, value_range[side], months),
            ],
        ),
    )


NAMES = {"cc": "constant currency", "reported": "reported"}


def _last_value(rows: pl.DataFrame, name: str) -> float | None:
    value = rows[name].to_list()[-1] if rows.height else None
    return None if value is None else float(value)


def _end_marker(rows: pl.DataFrame, name: str, colour: str, hollow: bool) -> dict:
    """A dot on the last month, and on a month that stands alone between gaps and so has no line."""
    values = [None, *rows[name].to_list(), None]
    is_alone = [values[i - 1] is None and values[i + 1] is None for i in range(1, len(values) - 1)]
    is_last = [i == rows.height - 1 for i in range(rows.height)]
    return {
        "size": [8 if last or alone else 0 for last, alone in zip(is_last, is_alone, strict=True)],
        "color": theme.colour("surface") if hollow else colour,
        "line": {
            "color": colour,
            "width": [2 if last or alone else 0 for last, alone in zip(is_last, is_alone, strict=True)],
        },
        "opacity": 1,
    }


def _band_shapes(bands: Bands, value_range: tuple[float, float]) -> list[dict]:
    shapes = []
    for band in bands.bands:
        low, high = _visible(bands, band, value_range)
        if high > low:
            fill = theme.colour(theme.BAND_COLOURS.get(band.name, "band_acceptable"))
            shapes.append(
                {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": low, "y1": high, "fillcolor": fill}
                | {"line": {"width": 0}, "layer": "below"}
            )
    if bands.target is not None:
        line = {"color": theme.colour("accent"), "width": 1}
        shapes.append(
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": bands.target, "y1": bands.target, "line": line}
            | {"layer": "below"}
        )
    return shapes


def _visible(bands: Bands, band: Band, value_range: tuple[float, float]) -> tuple[float, float]:
    """The part of a band within the scale; the target's colour runs on to the edge on its good side."""
    is_target = band is bands.target_band
    lower = value_range[0] if is_target and not bands.is_higher_better else _bound(band.lower, value_range[0])
    upper = value_range[1] if is_target and bands.is_higher_better else _bound(band.upper, value_range[1])
    return max(lower, value_range[0]), min(upper, value_range[1])


def _bound(bound: Decimal | None, edge: float) -> float:
    return edge if bound is None else float(bound)


def _band_labels(bands: Bands, value_range: tuple[float, float]) -> list[dict]:
    labels = []
    for band in bands.bands:
        low, high = _visible(bands, band, value_range)
        if (high - low) / (value_range[1] - value_range[0]) < LABEL_GAP:
            continue
        text = band_words(band.name)
        if band is bands.target_band and bands.target is not None:
            text = f"target {wording.plain_percent(bands.target)}"
        place = {"xref": "paper", "x": 0, "xanchor": "left", "xshift": 8}
        is_upper = bands.is_higher_better == (band is bands.target_band)
        at = {"y": low, "yanchor": "bottom"} if is_upper else {"y": high, "yanchor": "top"}
        labels.append(theme.note(text, **place, **at))
    return labels


def _end_labels(ends: dict[str, float | None], value_range: tuple[float, float]) -> list[dict]:
    """The last values at the right of the lines, moved apart where they would overlap."""
    known = sorted((value, name) for name, value in ends.items() if value is not None)
    heights = [value for value, _ in known]
    gap = 2 * LABEL_GAP * (value_range[1] - value_range[0])
    if len(heights) == 2 and heights[1] - heights[0] < gap:
        middle = sum(heights) / 2
        middle = min(max(middle, value_range[0] + gap), value_range[1] - gap)
        heights = [middle - gap / 2, middle + gap / 2]
    labels = []
    for height, (value, name) in zip(heights, known, strict=True):
        tone = theme.colour("ink" if name == "cc" else "muted")
        text = f"<b>{wording.percent(value)}</b><br>{SHORT_NAMES[name]}"
        place = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 10, "align": "left"}
        labels.append(
            theme.note(text, **place, y=height, yanchor="middle", font={"size": theme.NOTE_SIZE, "color": tone})
        )
    return labels


SHORT_NAMES = {"cc": "constant cur.", "reported": "reported"}


def _told(events: Sequence[Event], rows: pl.DataFrame) -> list[tuple[Event, float]]:
    """The events there is room for, each with the value of the solid line in its month."""
    values = dict(zip(rows["month"], rows["cc"], strict=True))
    told: list[tuple[Event, float]] = []
    for event in events:
        value = values.get(event.month)
        is_near = any(abs((event.month - other.month).days) < EVENT_MONTHS * 30 for other, _ in told)
        if value is not None and not is_near:
            told.append((event, float(value)))
    return told[:MOST_EVENTS]


def _event_marks(told: list[tuple[Event, float]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [event.month for event, _ in told],
        "y": [value for _, value in told],
        "ids": theme.ids([event.path for event, _ in told]),
        "mode": "markers",
        "marker": {
            "size": 9,
            "symbol": "circle-open",
            "color": theme.colour("accent"),
            "line": {"width": 2, "color": theme.colour("accent")},
        },
        "customdata": [
            [theme.label(event.name), wording.month(event.month), theme.label(event.amount)] for event, _ in told
        ],
        "hovertemplate": "%{customdata[0]}, %{customdata[1]}<br><b>%{customdata[2]}</b> of ARR<extra></extra>",
    }


def _event_lines(told: list[tuple[Event, float]], end: float) -> list[dict]:
    """A thin line from each event to its label at the `end` of the scale."""
    line = {"type": "line", "line": {"width": 1, "color": theme.colour("accent"), "dash": "1px,2px"}, "layer": "below"}
    return [line | {"x0": event.month, "x1": event.month, "y0": value, "y1": end} for event, value in told]


def _event_labels(told: list[tuple[Event, float]], side: int, end: float, months: list[dt.date]) -> list[dict]:
    labels = []
    for index, (event, _) in enumerate(told):
        name = event.name if len(event.name) <= LONGEST_NAME else f"{event.name[: LONGEST_NAME - 1]}…"
        is_late = (months[-1] - event.month) < (months[-1] - months[0]) / 2
        labels.append(
            theme.note(
                f"{theme.label(name)} {theme.label(event.amount)}",
                x=event.month,
                y=end,
                yanchor="top" if side else "bottom",
                yshift=EVENT_LABEL_HEIGHT * index * (-1 if side else 1),
                xanchor="right" if is_late else "left",
                xshift=-4 if is_late else 4,
                align="right" if is_late else "left",
            )
        )
    return labels


def _free_side(rows: pl.DataFrame, value_range: tuple[float, float]) -> int:
    """The index of the end of the scale that lies farther from the lines: the events' labels stand there."""
    known = [float(value) for name in ("cc", "reported") for value in rows[name] if value is not None]
    if not known:
        return 0
    low, high = value_range
    return int(high - max(known) > min(known) - low)


def _with_gutter(months: list[dt.date], share: float) -> list[dt.date]:
    """The span of the months, longer to the left by the share of the width that the names of the bands take."""
    days = max((months[-1] - months[0]).days, 31)
    return [
        months[0] - timedelta(days=round(days * share / (1 - share))),
        months[-1] + timedelta(days=round(days * 0.03)),
    ]


def _month_ticks(months: list[dt.date], most: int) -> list[dt.date]:
    """Evenly spaced months that end with the last one."""
    step = max(1, math.ceil(len(months) / most))
    step = next((size for size in (1, 2, 3, 6, 12) if size >= step), step)
    return months[::-1][::step][::-1]


def _ticks(low: float, high: float) -> list[float]:
    step = next((size for size in TICK_STEPS if (high - low) / size <= MOST_TICKS), TICK_STEPS[-1])
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 6) for index in range(first, math.floor(high / step + 1e-9) + 1)]
