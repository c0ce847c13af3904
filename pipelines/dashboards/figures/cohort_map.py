"""Which cohorts stay: a heat map of starting quarter by quarters since, the value written in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

ROW_HEIGHT = 30
NARROW_AGES = (1, 2, 4, 8, 12, 16)
# Retention from which a cell is of the next colour, and the colours; the middle one says: as it began.
STEPS = (0.8, 0.95, 1.05, 1.2)
COLOURS = ("heat_far_below", "heat_below", "band_acceptable", "heat_above", "heat_far_above")
AS_IT_BEGAN = 2


@dataclass(frozen=True)
class CohortRow:
    """One row: its name, how many clients it began with, and by quarters since the retention with what a hover adds.

    `is_small`: too few clients for a precise number; its cells get no colour.
    """

    name: str
    clients: int
    cells: dict[int, tuple[float, str]]
    is_small: bool = False


def step_of(retention: float) -> int:
    """The index of a retention's colour."""
    return sum(retention >= limit for limit in STEPS)


def cell_words(retention: float, is_small: bool) -> str:
    """A whole percentage, said to be about so much for a small cohort."""
    return f"{'≈' if is_small else ''}{retention * 100:.0f}"


def cohort_map(rows: Sequence[CohortRow], narrow: bool = False) -> Figure:
    """The rows from top to bottom; `narrow` shows a few ages only, the table behind has all."""
    last = max((age for row in rows for age in row.cells), default=1)
    ages = [age for age in (NARROW_AGES if narrow else range(1, last + 1)) if age <= last]
    grid = [[row.cells.get(age) for age in ages] for row in rows]
    names = [theme.label(f"{row.name} ({row.clients:,})" if narrow else _long_name(row)) for row in rows]
    steps = len(COLOURS)
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(len(ages))),
        "y": list(range(len(rows))),
        "z": [
            [None if cell is None else AS_IT_BEGAN if row.is_small else step_of(cell[0]) for cell in cells]
            for row, cells in zip(rows, grid, strict=True)
        ],
        "text": [
            ["" if cell is None else cell_words(cell[0], row.is_small) for cell in cells]
            for row, cells in zip(rows, grid, strict=True)
        ],
        "texttemplate": "%{text}",
        "textfont": {"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
        "customdata": [
            [
                None
                if cell is None
                else [theme.label(row.name), wording.count(age, "quarter"), wording.percent(cell[0]), cell[1]]
                for age, cell in zip(ages, cells, strict=True)
            ]
            for row, cells in zip(rows, grid, strict=True)
        ],
        "hovertemplate": "%{customdata[0]}, after %{customdata[1]}<br><b>%{customdata[2]}</b>"
        "<br>%{customdata[3]}<extra></extra>",
        "hoverongaps": False,
        "zmin": -0.5,
        "zmax": steps - 0.5,
        "colorscale": [
            [(index + side) / steps, theme.colour(name)] for index, name in enumerate(COLOURS) for side in (0, 1)
        ],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    return Figure(
        [trace],
        theme.layout(
            64 + ROW_HEIGHT * max(len(rows), 1),
            margin={"l": 112 if narrow else 156, "r": 8, "t": 48, "b": 8},
            xaxis=theme.axis(
                side="top",
                tickangle=0,
                tickmode="array",
                tickvals=list(range(len(ages))),
                ticktext=[_age(age, narrow) for age in ages],
            ),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=list(range(len(rows))),
                ticktext=names,
                ticklabelstandoff=8,
                range=[len(rows) - 0.5, -0.5],
                tickfont={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
            ),
            annotations=[
                theme.note(
                    "quarters since", xref="paper", yref="paper", x=0, y=1, xanchor="right", yanchor="bottom",
                    xshift=-12, yshift=8,
                )
            ],
        ),
    )  # fmt: skip


def _long_name(row: CohortRow) -> str:
    return f"{row.name}  {wording.count(row.clients, 'client')}"


def _age(age: int, narrow: bool) -> str:
    years, rest = divmod(age, 4)
    return str(age) if rest else f"{age}<br>{f'{years} y' if narrow else wording.count(years, 'year')}"
