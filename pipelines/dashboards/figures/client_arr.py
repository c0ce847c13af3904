"""One client's money over time: ARR with what moved it, and revenue of each service line on one scale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

HEIGHT, NARROW_HEIGHT = 300, 260
LABELLED = 4
LINE_HEIGHT = 68
AIR = 1.22


@dataclass(frozen=True)
class Event:
    """What moved a client's ARR in a month: mark and colour of its kind, its words, the signed amount."""

    month: dt.date
    mark: str
    tone: str
    words: str
    amount: float


def arr_history(
    balances: Sequence[tuple[dt.date, float, bool]], events: Sequence[Event], currency: str, narrow: bool = False
) -> Figure:
    """A bar a month with the ARR at its end, hatched where provisional; over it what moved it, the largest in numbers.

    `balances`: month, ARR, is provisional, ascending, every month of the span. `events` outside the span are left out.
    """
    months = [month for month, _, _ in balances]
    amounts = {month: amount for month, amount, _ in balances}
    shown = [event for event in events if event.month in amounts]
    largest = sorted(shown, key=lambda event: -abs(event.amount))[: 2 if narrow else LABELLED]
    bars = {
        "type": "bar",
        "x": months,
        "y": [amount for _, amount, _ in balances],
        "marker": {
            "color": theme.colour("total"),
            "line": {"width": 0},
            "pattern": {
                "shape": ["/" if is_provisional else "" for _, _, is_provisional in balances],
                "bgcolor": theme.colour("surface"),
                "fgcolor": theme.colour("total"),
                "size": 5,
                "solidity": 0.4,
            },
        },
        "customdata": [
            [wording.month(month), wording.exact_money(round(amount, 2)), " (provisional)" if is_provisional else ""]
            for month, amount, is_provisional in balances
        ],
        "hovertemplate": f"%{{customdata[0]}}%{{customdata[2]}}<br><b>%{{customdata[1]}}</b> {theme.label(currency)}"
        "<extra></extra>",
    }
    marks = {
        "type": "scatter",
        "mode": "text",
        "x": [event.month for event in shown],
        "y": [amounts[event.month] for event in shown],
        "text": [event.mark for event in shown],
        "textposition": "top center",
        "cliponaxis": False,
        "textfont": {"size": 12, "color": [theme.colour(event.tone) for event in shown]},
        "customdata": [
            [wording.month(event.month), theme.label(event.words), _signed(event.amount)] for event in shown
        ],
        "hovertemplate": "%{customdata[0]}, %{customdata[1]}<br><b>%{customdata[2]}</b><extra></extra>",
    }
    highest = max(amounts.values(), default=0.0) or 1.0
    return Figure(
        [bars, marks],
        theme.layout(
            NARROW_HEIGHT if narrow else HEIGHT,
            margin={"l": 8, "r": 24, "t": 8, "b": 32},
            bargap=0.25,
            hovermode="closest",
            xaxis=theme.axis(**_month_ticks(months, 4 if narrow else 9)),
            yaxis=theme.axis(showticklabels=False, range=[0, highest * AIR]),
            annotations=[
                theme.note(
                    wording.money(event.amount, sign=True),
                    x=event.month,
                    y=amounts[event.month],
                    yshift=10,
                    yanchor="bottom",
                    # Away from the next bar: it is higher after a rise, and so is its mark.
                    xanchor="right" if event.amount > 0 else "left",
                    xshift=-8 if event.amount > 0 else 8,
                    font={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
                )
                for event in largest
            ],
        ),
    )


def revenue_by_line(
    months: Sequence[dt.date], lines: Mapping[str, Sequence[float]], currency: str, narrow: bool = False
) -> Figure:
    """Small multiples: a strip of monthly bars for each service line, all on one scale, name and 12-month sum beside.

    `lines`: the amounts by service line, one for each of `months`, in the order of the strips.
    """
    highest = max((amount for amounts in lines.values() for amount in amounts), default=0.0) or 1.0
    lowest = min((amount for amounts in lines.values() for amount in amounts), default=0.0)
    count = max(len(lines), 1)
    layout: dict[str, Any] = {}
    traces, notes = [], []
    for index, (name, amounts) in enumerate(lines.items()):
        axis = f"y{index + 1}" if index else "y"
        top = 1 - index / count
        layout[f"yaxis{index + 1}" if index else "yaxis"] = theme.axis(
            domain=[top - 0.62 / count, top - 0.02 / count if narrow else top - 0.1 / count],
            showticklabels=False,
            range=[min(lowest, 0.0), highest],
        )
        traces.append(
            {
                "type": "bar",
                "x": list(months),
                "y": list(amounts),
                "yaxis": axis,
                "marker": {"color": theme.colour("total")},
                "customdata": [
                    [wording.month(month), theme.label(name), wording.exact_money(round(amount, 2))]
                    for month, amount in zip(months, amounts, strict=True)
                ],
                "hovertemplate": "%{customdata[1]}, %{customdata[0]}<br><b>%{customdata[2]}</b> "
                f"{theme.label(currency)}<extra></extra>",
            }
        )
        year = wording.money(round(sum(amounts[-12:]), 2))
        notes.append(
            theme.note(
                f"{theme.label(name)}  <b>{year}</b>",
                xref="paper",
                x=0,
                xanchor="left",
                yref="paper",
                y=top - 0.64 / count,
                yanchor="top",
                font={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
            )
        )
    return Figure(
        traces,
        theme.layout(
            LINE_HEIGHT * count + 24,
            margin={"l": 8, "r": 8, "t": 0, "b": 24},
            bargap=0.25,
            hovermode="closest",
            xaxis=theme.axis(**_month_ticks(list(months), 3), anchor="free", position=0),
            annotations=notes,
            **layout,
        ),
    )


def _month_ticks(months: list[dt.date], most: int) -> dict[str, Any]:
    """Evenly spaced months that end with the last one."""
    step = max(-(-len(months) // most), 1)
    step = next((size for size in (1, 2, 3, 6, 12) if size >= step), step)
    shown = months[::-1][::step][::-1]
    return {"tickmode": "array", "tickvals": shown, "ticktext": [wording.month(month) for month in shown]}


def _signed(amount: float) -> str:
    return ("+" if amount > 0 else "") + wording.exact_money(round(amount, 2))
