"""The figures a refresh prints and the manifest keeps: read from a sealed build, by one query a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.engine import CONFIG

if TYPE_CHECKING:
    import duckdb

# A company younger than a year has ARR, and no retention yet.
RETENTION = """
    select latest.month, retention.clients_start, retention.clients_churned, retention.nrr_cc, retention.nrr_reported,
        retention.grr_cc, retention.logo_churn_rate
    from (select max(month) as month from marts.rpt_arr_waterfall) as latest
    left join marts.rpt_retention as retention
        on retention.month = latest.month and retention.segment = 'company' and retention.window_months = 12
    where latest.month is not null
"""
ARR = """
    select sum(arr_cc) as arr_cc, sum(arr_reported) as arr_reported, count(distinct client_id) as clients
    from marts.fct_arr
    where month = ?
"""
TABLES = """
    select schema_name || '.' || table_name, estimated_size
    from duckdb_tables()
    order by 1
"""


def read_headline(warehouse: Path, reporting_currency: str) -> dict[str, Any]:
    """Company figures of the last complete month: money as text (exact), rates as fractions, None where unknown."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True, config=CONFIG) as connection:
        retention = _first_row(connection, RETENTION)
        arr = _first_row(connection, ARR, [retention["month"]]) if retention else {}
    figures = {name: _plain(value) for name, value in {**retention, **arr}.items()}
    return {"reporting_currency": reporting_currency, **figures}


def read_row_counts(warehouse: Path) -> dict[str, int]:
    """`schema.table` -> rows, of every table."""
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True, config=CONFIG) as connection:
        return dict(connection.execute(TABLES).fetchall())


def _first_row(connection: "duckdb.DuckDBPyConnection", sql: str, arguments: list[Any] | None = None) -> dict[str, Any]:
    cursor = connection.execute(sql, arguments or [])
    row = cursor.fetchone()
    return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else {}


def _plain(value: Any) -> Any:
    """As JSON keeps it: rates and counts as numbers, dates and exact money as text."""
    return value if value is None or isinstance(value, int | float) else str(value)
