"""Dashboards: figures (rows in, Plotly figure out), pages (queries and sentences), the static site of a release.

Figures know nothing of pages, pages nothing of files; only `site` writes. A number is read from the warehouse and put
into words here, never defined here.
"""
