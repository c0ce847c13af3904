"""Where ARR went: the waterfall from the opening to the closing balance, currency apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

if TYPE_CHECKING:
    import polars as pl

BAR_WIDTH = 0.68
ROOM_FOR_LABELS = 1.12
ROOM_FOR_SIDE_LABELS = 1.34
LEAST_SEEN = 0.002  # of the highest bar: about a pixel
NEUTRAL = ("fx", "transfer")  # neither won nor lost


def arr_waterfall(steps: pl.DataFrame, currency: str, narrow: bool = False) -> Figure:
    """A waterfall with one bar a step, upright, or lying down where `narrow`.

    `steps`: one row a bar in order: label, kind (`total` or a movement; `fx` is hatched), amount (signed; a balance for
    totals), base and top (where the bar begins and ends), all in `currency`, and path (where a click leads, may be
    empty).
    """
    rows = steps.to_dicts()
    positions = list(range(len(rows)))
    lengths = [float(row["top"] - row["base"]) for row in rows]
    bases = [float(row["base"]) for row in rows]
    is_fx = [row["kind"] == "fx" for row in rows]
    colours = [theme.colour("neutral" if row["kind"] in NEUTRAL else row["kind"]) for row in rows]
    bar = {
        "type": "bar",
        "x": lengths if narrow else positions,
        "y": positions if narrow else lengths,
        "base": bases,
        "ids": theme.ids([row["path"] for row in rows]),
        "orientation": "h" if narrow else "v",
        "width": BAR_WIDTH,
        "marker": {
            "color": colours,
            "line": {"width": [1 if fx else 0 for fx in is_fx], "color": theme.colour("neutral")},
            "pattern": {
                "shape": ["/" if fx else "" for fx in is_fx],
                "bgcolor": theme.colour("surface"),
                "fgcolor": theme.colour("neutral"),
                "size": 6,
                "solidity": 0.35,
            },
        },
        "customdata": [[theme.label(row["label"]), wording.exact_money(row["amount"])] for row in rows],
        "hovertemplate": f"%{{customdata[0]}}<br><b>%{{customdata[1]}}</b> {theme.label(currency)}<extra></extra>",
    }
    categories = theme.axis(
        tickmode="array",
        tickvals=positions,
        ticktext=[theme.label(row["label"]) for row in rows],
        ticklabelstandoff=6 if narrow else 0,
        range=[len(rows) - 0.5, -0.5] if narrow else [-0.5, len(rows) - 0.5],
        tickfont={"size": theme.NOTE_SIZE, "color": theme.colour("ink")},
    )
    highest = max([0.0, *(max(row["base"], row["top"]) for row in map(_floats, rows))])
    amounts = theme.axis(
        showticklabels=False,
        range=[0, (highest or 1.0) * (ROOM_FOR_SIDE_LABELS if narrow else ROOM_FOR_LABELS)],
    )
    return Figure(
        [bar],
        theme.layout(
            40 + 34 * len(rows) if narrow else 340,
            margin={"l": 104, "r": 8, "t": 8, "b": 8} if narrow else {"l": 8, "r": 8, "t": 8, "b": 32},
            xaxis=amounts if narrow else categories,
            yaxis=categories if narrow else amounts,
            annotations=[_amount_label(index, _floats(row), row, narrow) for index, row in enumerate(rows)],
            shapes=[
                _connector(index, row, narrow, is_seen=abs(row["amount"]) > highest * LEAST_SEEN)
                for index, row in enumerate(map(_floats, rows[:-1]))
            ],
        ),
    )


def _floats(row: dict) -> dict[str, float]:
    return {key: float(row[key]) for key in ("base", "top", "amount")}


def _amount_label(index: int, row: dict[str, float], step: dict, narrow: bool) -> dict:
    text = wording.money(row["amount"], sign=step["kind"] != "total")
    end = max(row["base"], row["top"])
    font = {"size": theme.LABEL_SIZE, "color": theme.colour("ink")}
    text = f"<b>{text}</b>" if step["kind"] == "total" else text
    if narrow:
        return theme.note(text, x=end, y=index, xanchor="left", xshift=4, font=font)
    return theme.note(text, x=index, y=end, yanchor="bottom", yshift=2, font=font)


def _connector(index: int, row: dict[str, float], narrow: bool, is_seen: bool) -> dict:
    """The thin line that carries a bar's running balance on to the next bar, through a bar too small to be seen."""
    along = {"0": index + (BAR_WIDTH / 2 if is_seen else -BAR_WIDTH / 2), "1": index + 1 - BAR_WIDTH / 2}
    line = {"type": "line", "line": {"width": 1, "color": theme.colour("neutral")}}
    if narrow:
        return line | {"x0": row["top"], "x1": row["top"], "y0": along["0"], "y1": along["1"]}
    return line | {"y0": row["top"], "y1": row["top"], "x0": along["0"], "x1": along["1"]}
