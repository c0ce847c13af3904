"""What every DuckDB connection of ours must be opened with. Nothing else belongs here."""

# DuckDB 1.5.6 rewrites `row_number() over (...) ... where place = 1` with this optimizer and then returns wrong rows: a
# client got another tier in 60 of 60 runs of one golden case, in 0 of 60 without it. profiles.yml says the same to dbt.
DISABLED_OPTIMIZERS = "top_n_window_elimination"
CONFIG: dict[str, str | bool | int | float | list[str]] = {"disabled_optimizers": DISABLED_OPTIMIZERS}
