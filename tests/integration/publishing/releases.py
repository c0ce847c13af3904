"""Releases whose tables all say their number, so that no two can be mixed unseen."""

import time
from pathlib import Path
from typing import Any

import duckdb

from pipelines.postgres.publish import publish
from pipelines.settings import Settings, load_settings
from tests.postgres import PostgresServer
from tests.postgres_home import (
    ask_as,
    write_release,
)

PEOPLE: dict[str, tuple[str, str | list[str] | None]] = {"lena": ("leadership", None), "ann": ("am", "am-1")}


def numbers(number: int, more: str = "") -> Any:
    """A release in which every table says that it is release `number`; `more` SQL runs on it."""

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"""
            create schema marts; create schema ops; create schema policy;
            create table marts.dim_clients as select 'c' || i as client_id, 'Client ' || i as client_name,
                'am-1' as am_id, 'Health' as industry, {number} as arr_cc from range({number}) as t(i);
            create table marts.fct_arr as select 'c' || i as client_id, date '2026-01-01' as month,
                cast({number} as decimal(18, 2)) as arr_cc from range(1000) as t(i);
            create table marts.rpt_kpis as select 'am-1' as am_id, 'nps' as kpi, cast({number} as bigint) as value;
            create table ops.publications as select {number} as number;
            create table policy.parameters as select 'x' as parameter, cast({number} as decimal(18, 6)) as value;
            {more}""")

    return fill


SEEN = """select (select release_id from ops.meta), (select count(*) from marts.dim_clients),
    (select min(arr_cc) from marts.dim_clients), (select sum(arr_cc) from marts.fct_arr) / 1000,
    (select max(value) from marts.rpt_kpis), (select max(number) from ops.publications),
    (select max(value) from policy.parameters)"""


def put(home: Path, number: int, more: str = "") -> str:
    """Make release `number` and copy it; its id."""
    release_id = write_release(home, number, numbers(number, more))
    assert publish(load_settings(home)).is_new
    return release_id


def patient_settings(home: Path) -> Settings:
    settings = load_settings(home)
    patient = settings.postgres.model_copy(update={"retries": 50, "lock_timeout_seconds": 5.0})
    return settings.model_copy(update={"postgres": patient})


def seen(postgres: PostgresServer, database: str, login: str = "lena") -> tuple[Any, ...]:
    return ask_as(postgres, database, login, SEEN)[0]


def all_of(release_id: str, number: int) -> tuple[Any, ...]:
    return (release_id, *[number] * 6)


def wait_until(is_so: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
