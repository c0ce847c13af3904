"""What a release looks like from outside: the counts and shares that the next release is compared with.

Stored as `audit/profile.json` in every release, so that no old warehouse has to be opened. No personal values and no
client's figures; nothing is judged here.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import duckdb

FOLDER = "audit"
PROFILE_NAME = "profile.json"
HEADLINE = """
    select (select max(month) from marts.rpt_arr_waterfall),
        (select count(distinct client_id) from marts.fct_arr where month = last_month),
        (select sum(arr_cc) from marts.fct_arr where month = last_month),
        (select sum(rows_read) from ops.load_files),
        (select sum(rows_quarantined) from ops.load_files),
        as_of_on, reporting_currency, fx_baseline_on
    from staging.stg_run
"""
RETENTION = """
    select nrr_cc, clients_start from marts.rpt_retention
    where segment = 'company' and window_months = 12 and month = (select last_month from staging.stg_run)
"""
CURRENCIES = """
    select currency, count(distinct client_id) from marts.fct_arr
    where month = (select last_month from staging.stg_run) group by currency order by currency
"""
STAGED = """
    select table_name from duckdb_columns()
    where schema_name = 'staging' and column_name = '_source' order by table_name
"""


class TableProfile(BaseModel):
    """A suite's table: its rows, and of each compared column the share of each value."""

    model_config = ConfigDict(frozen=True)

    rows: int
    shares: dict[str, dict[str, float]] = {}


class Profile(BaseModel):
    """One release. `source_rows`: `source entity` -> rows that count; `currency_clients`: with ARR at the end."""

    model_config = ConfigDict(frozen=True)

    as_of_on: dt.date
    reporting_currency: str
    fx_baseline_on: dt.date
    month: dt.date | None
    clients: int
    arr_cc: float
    nrr_cc: float | None
    clients_start: int
    rows_read: int
    rows_quarantined: int
    source_rows: dict[str, int]
    currency_clients: dict[str, int]
    tables: dict[str, TableProfile]
    loads: list[str]

    @property
    def quarantine_rate(self) -> float | None:
        return self.rows_quarantined / self.rows_read if self.rows_read else None


def profile_of(
    connection: "duckdb.DuckDBPyConnection", suites: Iterable[Mapping[str, Any]], loads: Sequence[str]
) -> Profile:
    """The profile of a built warehouse. `suites`: those of `expectations/`; `loads`: ids of its loads."""
    month, clients, arr, read, quarantined, as_of_on, currency, baseline = _only_row(connection, HEADLINE)
    nrr, clients_start = connection.execute(RETENTION).fetchone() or (None, 0)
    return Profile(
        as_of_on=as_of_on,
        reporting_currency=currency,
        fx_baseline_on=baseline,
        month=month,
        clients=clients,
        arr_cc=float(arr or 0),
        nrr_cc=None if nrr is None else float(nrr),
        clients_start=clients_start,
        rows_read=int(read or 0),
        rows_quarantined=int(quarantined or 0),
        source_rows=_source_rows(connection),
        currency_clients=dict(connection.execute(CURRENCIES).fetchall()),
        tables={suite["name"]: _table_profile(connection, suite["meta"]) for suite in suites},
        loads=list(loads),
    )


def write_profile(folder: Path, profile: Profile) -> None:
    """Put the profile into the folder of a build's audit, which the release will hold."""
    (folder / PROFILE_NAME).write_text(profile.model_dump_json(indent=1), encoding="utf-8")


def read_profile(release_dir: Path) -> Profile | None:
    """A release's profile; None where it has none that can be read (a release of an older version)."""
    try:
        return Profile.model_validate_json((release_dir / FOLDER / PROFILE_NAME).read_bytes())
    except (OSError, ValueError):
        return None


def read_suites(folder: Path) -> list[dict[str, Any]]:
    """The suites of a folder, one file a table, by name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def _source_rows(connection: "duckdb.DuckDBPyConnection") -> dict[str, int]:
    tables = [name for (name,) in connection.execute(STAGED).fetchall()]
    counts = " union all ".join(
        f"select _source || ' {name.removeprefix('stg_')}', count(*) from staging.{name} group by 1" for name in tables
    )
    return dict(sorted(connection.execute(counts).fetchall())) if tables else {}


def _table_profile(connection: "duckdb.DuckDBPyConnection", meta: Mapping[str, Any]) -> TableProfile:
    rows_of = f"from {meta['table']} where {meta.get('where', 'true')}"
    (rows,) = _only_row(connection, f"select count(*) {rows_of}")
    shares = {}
    for column in meta.get("compare", []):
        counted = connection.execute(
            f"select cast({column} as varchar), count(*) {rows_of} and {column} is not null group by 1 order by 1"
        ).fetchall()
        total = sum(count for _, count in counted)
        shares[column] = {value: count / total for value, count in counted}
    return TableProfile(rows=rows, shares=shares)


def _only_row(connection: "duckdb.DuckDBPyConnection", sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row
