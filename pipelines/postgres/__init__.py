"""Copies the published release into PostgreSQL, for BI tools and many users, with the rights of the dashboards.

`address` says where the database is, `session` talks to it, `layout` says what every table, view and policy should be,
`rights` who reads what, `reshape` makes the database so, `totals` proves the copy, `publish` does it all in one
transaction. What Dagster keeps in PostgreSQL is something else (`pipelines.defs.postgres`).
"""
