"""Is the score any good? Clients that lost ARR within three months, by the band they were in before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.theme import Figure

if TYPE_CHECKING:
    import polars as pl

ROOM_FOR_LABELS = 1.7


def loss_by_band(rows: pl.DataFrame) -> Figure:
    """One lying bar a band, labelled with rate and number of clients.

    `rows`: bucket (the band), clients, lost_clients, loss_rate (a fraction of 1), in the order of the bars.
    """
    rates = rows["loss_rate"].to_list()
    positions = list(range(rows.height))
    labels = [
        f"<b>{wording.percent(rate)}</b>  {lost} of {wording.count(clients, 'client')}"
        for rate, lost, clients in rows.select("loss_rate", "lost_clients", "clients").rows()
    ]
    bars = {
        "type": "bar", "x": rates, "y": positions, "orientation": "h", "width": 0.62,
        "marker": {"color": theme.colour("total")}, "hoverinfo": "skip",
    }  # fmt: skip
    return Figure(
        [bars],
        theme.layout(
            24 + 56 * max(rows.height, 1),
            margin={"l": 88, "r": 8, "t": 8, "b": 8},
            xaxis=theme.axis(showticklabels=False, range=[0, (max(rates, default=0) or 1) * ROOM_FOR_LABELS]),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=positions,
                ticktext=[theme.label(wording.sentence_case(bucket)) for bucket in rows["bucket"]],
                ticklabelstandoff=8,
                range=[rows.height - 0.5, -0.5],
                tickfont={"size": theme.LABEL_SIZE, "color": theme.colour("ink")},
            ),
            annotations=[
                theme.note(
                    label, x=rate, y=position, xanchor="left", xshift=6,
                    font={"size": theme.LABEL_SIZE, "color": theme.colour("ink")},
                )
                for label, rate, position in zip(labels, rates, positions, strict=True)
            ],
        )
    )  # fmt: skip
