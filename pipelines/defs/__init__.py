"""The Dagster graph: assets, checks, job and schedule, in the order data flows. Thin: the work is done in the rooms."""
