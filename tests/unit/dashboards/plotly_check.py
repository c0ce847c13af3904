"""Plotly's own check of every property of a figure, which the pages leave out."""

import plotly.graph_objects as go

from pipelines.dashboards.figures.theme import Figure


def checked(figure: Figure | None) -> go.Figure:
    """The figure as Plotly's own class; fails where there is none, or where it has a property Plotly does not know."""
    assert figure is not None
    return go.Figure(data=figure.data, layout=figure.layout)
