"""Whether another way comes to the numbers of a release's marts; everything here raises SystemExit where not."""

from pathlib import Path
from typing import Any

import duckdb

from pipelines.engine import CONFIG
from tests.mart_hashes import differing, mart_hashes

CENT = 0.01
# By table: its mart, which rows of it, its key, and by how much a float may be off: of a balance a cent, of a change
# (two balances) two, of a sum over clients a cent for each of them.
TABLES = {
    "fct_arr": ("fct_arr", "true", ("client_id", "month", "currency"), "0.01"),
    "fct_arr_movements": ("fct_arr_movements", "true", ("client_id", "month"), "0.02"),
    "company_retention": (
        "rpt_retention",
        "segment = 'company'",
        ("month", "window_months"),
        "0.01 * mart.clients_start",
    ),
}
FLOAT_NOISE = 1e-6


def same_marts(release: Path, other: Path) -> dict[str, Any]:
    """All marts of two releases, to the last digit."""
    one, two = mart_hashes(release), mart_hashes(other)
    if differing(one, two) or not one:
        raise SystemExit(f"these marts differ between {release} and {other}: {', '.join(differing(one, two))}")
    return {"marts": len(one), "differing": 0}


def same_build(build: Path, release: Path) -> dict[str, Any]:
    """The three tables of a narrow build are those of the release."""
    with _connected(release) as connection:
        connection.execute(f"attach '{build / 'warehouse.duckdb'}' as other (read_only)")
        return {mart: _equal(connection, f"other.marts.{mart}", mart, "true") for mart, *_ in TABLES.values()}


def same_limit(file: Path, release: Path) -> dict[str, Any]:
    """The limit's tables, row by row, in all columns that both have."""
    with _connected(release) as connection:
        connection.execute(f"attach '{file}' as other (read_only)")
        return {name: _equal(connection, f"other.{name}", mart, rows) for name, (mart, rows, *_) in TABLES.items()}


def same_pandas(folder: Path, release: Path) -> dict[str, Any]:
    """The frames of pandas: all words and counts equal, money within what floats are off by."""
    with _connected(release) as connection:
        return {name: _near(connection, name, folder / f"{name}.parquet") for name in TABLES}


def same_spine(file: Path, release: Path) -> dict[str, Any]:
    """Recurring ARR by client, currency and month is equal; the rest of ARR the spine cannot know."""
    with _connected(release) as connection:
        connection.execute(f"attach '{file}' as other (read_only)")
        connection.execute(
            """create temp view from_spine as
            select client_id, currency, date_month as month,
                cast(round(12 * mrr, 2) as decimal(18, 2)) as recurring_arr_local
            from other.customer_revenue_by_month where round(12 * mrr, 2) > 0"""
        )
        equal = _equal(connection, "from_spine", "fct_arr", "recurring_arr_local > 0")
        row = connection.execute(
            """with mart as (
                select month, currency, sum(arr_local) as arr from release.marts.fct_arr group by month, currency
            ),
            spine as (select month, currency, sum(recurring_arr_local) as arr from from_spine group by month, currency)
            select count(*), count(*) filter (mart.arr is not distinct from spine.arr), (
                select sum(cast(usage_arr_local as double) * arr_cc / arr_local) / sum(arr_cc)
                from release.marts.fct_arr
            )
            from mart full join spine using (month, currency)"""
        ).fetchone()
        assert row is not None
        months, same, usage = row
        return {
            "recurring": equal,
            "months_and_currencies": months,
            "of_them_equal": same,
            "usage_rate": round(usage, 4),
        }


def _connected(release: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config=CONFIG)
    connection.execute(f"attach '{release / 'warehouse.duckdb'}' as release (read_only)")
    return connection


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in connection.execute(f"describe from {relation}").fetchall()}


def _equal(connection: duckdb.DuckDBPyConnection, other: str, mart: str, rows: str) -> dict[str, int]:
    """Rows that both have, EXCEPT ALL both ways over the columns of both."""
    theirs = _columns(connection, other)
    columns = ", ".join(name for name in _columns(connection, f"release.marts.{mart}") if name in theirs)
    ours = f"select {columns} from release.marts.{mart} where {rows}"
    (count,) = connection.execute(f"select count(*) from ({ours})").fetchone() or (0,)
    (differing_rows,) = connection.execute(
        f"""select (select count(*) from (({ours}) except all (select {columns} from {other})))
            + (select count(*) from ((select {columns} from {other}) except all ({ours})))"""
    ).fetchone() or (1,)
    if differing_rows or not count:
        raise SystemExit(f"{other}: {differing_rows} rows differ from those of {mart} ({count} rows)")
    return {"rows": count, "columns": columns.count(",") + 1, "differing": 0}


def _near(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> dict[str, Any]:
    mart, rows, key, allowed = TABLES[name]
    other = f"read_parquet('{file}')"
    theirs = _columns(connection, other)
    kinds = {
        column: kind
        for column, kind in _columns(connection, f"release.marts.{mart}").items()
        if column in theirs and column not in key
    }
    money = [column for column, kind in kinds.items() if kind == "DECIMAL(18,2)"]
    rates = [column for column, kind in kinds.items() if kind.startswith("DECIMAL") and column not in money]
    words = [column for column in kinds if column not in (*money, *rates)]
    off = [f"abs(other.{column} - cast(mart.{column} as double))" for column in money]
    wrong = [f"{each} > {allowed} + {FLOAT_NOISE}" for each in off]
    wrong += [f"abs(other.{column} - cast(mart.{column} as double)) > {FLOAT_NOISE}" for column in rates]
    wrong += [f"other.{column} is distinct from mart.{column}" for column in words]
    largest = f"greatest({', '.join(off)})"
    row = connection.execute(
        f"""select count(*), count(*) filter (mart.month is null or other.month is null or {" or ".join(wrong)}),
            count(*) filter ({largest} > {CENT} / 2), max({largest})
        from (select * from release.marts.{mart} where {rows}) as mart
        full join {other} as other using ({", ".join(key)})"""
    ).fetchone()
    assert row is not None
    count, bad, rounded, most = row
    if bad or not count:
        raise SystemExit(f"{file.name}: {bad} of {count} rows are not those of {mart}, beyond what floats are off by")
    return {"rows": count, "columns": len(key) + len(kinds), "rows_off": rounded, "most_off": round(most, 4)}
