"""Figures: pure functions from rows (Polars) to a Plotly figure. No queries, no files, no pages here.

Every figure is drawn in the light colours of `theme`; the page exchanges them for the dark ones.
"""
