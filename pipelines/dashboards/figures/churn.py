"""Why clients left: churned ARR by category, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

ROOM_FOR_LABELS = 1.9


def churn_by_category(rows: pl.DataFrame, currency: str) -> go.Figure:
    """One lying bar a category, labelled with amount and clients.

    `rows`: category, clients, churned_arr (positive, in `currency`), in the order of the bars.
    """
    import plotly.graph_objects as go

    amounts = [float(value) for value in rows["churned_arr"]]
    names = [theme.label(wording.sentence_case(name)) for name in rows["category"]]
    positions = list(range(rows.height))
    labels = [
        f"<b>{wording.money(amount)}</b>  {wording.count(clients, 'client')}"
        for amount, clients in zip(amounts, rows["clients"], strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            x=amounts,
            y=positions,
            orientation="h",
            width=0.62,
            marker={
                # Without a reason it is no finding about clients but one about the records: neutral.
                "color": [theme.colour("neutral" if name == "unclassified" else "churn") for name in rows["category"]]
            },
            customdata=[
                [name, wording.exact_money(value)] for name, value in zip(names, rows["churned_arr"], strict=True)
            ],
            hovertemplate=f"%{{customdata[0]}}<br><b>%{{customdata[1]}}</b> {theme.label(currency)}<extra></extra>",
        )
    )
    figure.update_layout(
        theme.layout(
            24 + 56 * max(rows.height, 1),
            margin={"l": 100, "r": 8, "t": 8, "b": 8},
            xaxis=theme.axis(showticklabels=False, range=[0, (max(amounts, default=0) or 1) * ROOM_FOR_LABELS]),
            yaxis=theme.axis(
                tickmode="array",
                tickvals=positions,
                ticktext=names,
                ticklabelstandoff=8,
                range=[rows.height - 0.5, -0.5],
                tickfont={"size": theme.LABEL_SIZE, "color": theme.colour("ink")},
            ),
            annotations=[
                theme.note(
                    text,
                    x=amount,
                    y=position,
                    xanchor="left",
                    xshift=6,
                    font={"size": theme.LABEL_SIZE, "color": theme.colour("ink")},
                )
                for text, amount, position in zip(labels, amounts, positions, strict=True)
            ],
        )
    )
    return figure
