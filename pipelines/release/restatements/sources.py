"""The two releases of a comparison as the schemas `old` and `new` of one connection, with the columns that are needed.

A release made by older code may lack a table or a column: it then reads as empty, and `is_complete` says so.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

SIDES = ("old", "new")
MONEY, RATIO = "decimal(18, 2)", "decimal(28, 8)"

# name here -> (table of a release, its columns with their types).
TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "run": (
        "staging.stg_run",
        {
            "as_of_on": "date", "last_month": "date", "reporting_currency": "varchar", "fx_baseline_on": "date",
            "fiscal_year_start_month": "bigint",
        },
    ),
    "arr": (
        "marts.fct_arr",
        {
            "client_id": "varchar", "month": "date", "currency": "varchar", "arr_local": MONEY, "arr_cc": MONEY,
            "arr_reported": MONEY, "is_provisional": "boolean",
        },
    ),
    "retention": (
        "marts.rpt_retention",
        {
            "month": "date", "window_months": "integer", "segment": "varchar", "segment_value": "varchar",
            "clients_start": "bigint", "start_arr_cc": MONEY, "start_arr_reported": MONEY, "nrr_cc": RATIO,
            "grr_cc": RATIO, "nrr_reported": RATIO, "grr_reported": RATIO, "logo_churn_rate": RATIO,
        },
    ),
    "scorecard": (
        "marts.rpt_scorecard",
        {
            "month": "date", "am_id": "varchar", "metric": "varchar", "weight": "decimal(28, 12)",
            "target": "decimal(28, 12)", "actual": "decimal(28, 12)", "attainment": "decimal(28, 12)",
            "points": "decimal(28, 12)",
        },
    ),
    "ratings": (
        "marts.rpt_scorecard_ratings",
        {
            "month": "date", "am_id": "varchar", "score": "decimal(18, 6)", "coverage_rate": "decimal(18, 6)",
            "rating": "varchar",
        },
    ),
    "cohorts": (
        "intermediate.int_retention_cohorts",
        {"client_id": "varchar", "month": "date", "window_months": "integer", "am_id": "varchar"},
    ),
    "owners": (
        "intermediate.int_owners__by_client_and_month",
        {"client_id": "varchar", "month": "date", "am_id": "varchar"},
    ),
    "cc_rates": ("intermediate.int_fx_rates__cc", {"currency": "varchar", "rate": "decimal(28, 10)"}),
    "month_rates": (
        "intermediate.int_fx_rates__by_month",
        {"currency": "varchar", "month": "date", "rate": "decimal(28, 10)"},
    ),
    "lines": (
        "intermediate.int_invoice_lines",
        {
            "line_key": "varchar", "invoice_key": "varchar", "kind": "varchar", "issued_on": "date",
            "currency": "varchar", "account_id": "varchar", "client_id": "varchar", "product": "varchar",
            "revenue_type": "varchar", "credit_effect": "varchar", "amount": MONEY, "service_start": "date",
            "service_end": "date", "recognised_from": "date", "recognised_to": "date",
            "monthly_rate": "decimal(24, 6)", "_source": "varchar",
        },
    ),
    "invoices": ("staging.stg_invoices", {"invoice_key": "varchar", "status": "varchar"}),
    "map_accounts": (
        "staging.stg_map_accounts",
        {"source": "varchar", "source_key": "varchar", "account_id": "varchar"},
    ),
    "map_products": ("staging.stg_map_products", {"product": "varchar", "revenue_type": "varchar"}),
    "map_credit_reasons": ("staging.stg_map_credit_reasons", {"reason": "varchar", "effect": "varchar"}),
    "product_types": (
        "policy.product_types",
        {"product": "varchar", "revenue_type": "varchar", "valid_from": "date"},
    ),
    "credit_reasons": (
        "policy.credit_reasons",
        {"reason": "varchar", "effect": "varchar", "valid_from": "date"},
    ),
    "quarantine": ("ops.quarantine", {"source": "varchar", "entity": "varchar", "raw": "varchar"}),
}  # fmt: skip


def attach(
    connection: "duckdb.DuckDBPyConnection", old: Path | None, new: Path, *, can_write_new: bool = False
) -> bool:
    """Attach the warehouses as `old_release` and `new_release` and lay the views of TABLES over them.

    Returns whether both have every table and column of TABLES. Without `old` only the new side is there.
    """
    is_complete = True
    for side, warehouse in zip(SIDES, (old, new), strict=True):
        if warehouse is None:
            continue
        mode = "" if side == "new" and can_write_new else " (read_only)"
        connection.execute(f"attach {text(warehouse)} as {side}_release{mode}")
        connection.execute(f"create schema {side}")
        for name, (table, columns) in TABLES.items():
            has = columns_of(connection, f"{side}_release.{table}")
            is_complete &= has >= set(columns)
            chosen = ", ".join(
                f"cast({column if column in has else 'null'} as {kind}) as {column}" for column, kind in columns.items()
            )
            origin = f"from {side}_release.{table}" if has else "where false"
            connection.execute(f"create view {side}.{name} as select {chosen} {origin}")
    return is_complete


def columns_of(connection: "duckdb.DuckDBPyConnection", table: str) -> set[str]:
    """The columns of a table such as `old_release.ops.restatements`; none where there is no such table."""
    import duckdb

    try:  # the catalogue's own views read every table of every release: seconds, where this takes milliseconds
        return {column[0] for column in connection.execute(f"select * from {table} limit 0").description or ()}
    except duckdb.CatalogException:
        return set()


def text(value: object) -> str:
    """A SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"
