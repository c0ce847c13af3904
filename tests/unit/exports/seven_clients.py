"""A company of seven clients with names that spreadsheets trip over, as a release made by hand, and files' contents."""

import dataclasses
import datetime as dt
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineWorkbook

from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.site import file_stem
from pipelines.engine import CONFIG
from pipelines.release.manifest import Manifest
from pipelines.serving.principal import Principal, Role

NAMES = {
    "c1": '=HYPERLINK("http://x.test","pay")', "c2": "+Plus & <Minus>", "c3": "@at", "c4": "-4", "c5": "\tTab_x0041_ ",
    "c6": "Line\r\nbreak", "c7": "7",
}  # fmt: skip
OWNERS = {"c1": "am1", "c2": "am2", "c3": "am1", "c4": "am2", "c5": "am1", "c6": "am2", "c7": None}
MONTHS = [dt.date(2026, month, 1) for month in range(1, 4)]
META = SiteMeta(
    "2026-04-01T0300-abc", dt.date(2026, 3, 31), "USD", dt.date(2025, 12, 31), dt.datetime(2026, 4, 1, 3, tzinfo=dt.UTC)
)
TABLES = """
    create schema marts; create schema staging;
    create table staging.stg_run as
        select date '2026-03-31' as as_of_on, 'USD' as reporting_currency, date '2025-12-31' as fx_baseline_on;
    create table marts.dim_clients (
        client_id varchar, client_name varchar, industry varchar, country varchar, region varchar,
        billing_currency varchar, tier varchar, am_id varchar, am_name varchar, arr_cc decimal(18, 2),
        annual_revenue_cc decimal(18, 2), first_revenue_month date, churned_month date, health_score integer,
        health_band varchar);
    create table marts.dim_account_managers as
        select 'am' || i as am_id, 'Manager ' || i as am_name, 'm' || i || '@x.test' as email, 'EMEA' as region,
            true as is_active from range(1, 3) as t(i);
    create table marts.fct_arr (
        client_id varchar, month date, currency varchar, arr_cc decimal(18, 2), arr_reported decimal(18, 2));
    create table marts.fct_arr_movements (
        client_id varchar, month date, movement_type varchar, am_id varchar, tier varchar,
        start_arr_cc decimal(18, 2), end_arr_cc decimal(18, 2), change_cc decimal(18, 2),
        start_arr_reported decimal(18, 2), end_arr_reported decimal(18, 2), change_reported decimal(18, 2),
        fx_effect_reported decimal(18, 2));
    create table marts.fct_churn (
        client_id varchar, month date, am_id varchar, churned_arr_cc decimal(18, 2), churn_category varchar,
        churn_reason varchar, band_3_months_before varchar, is_surprise boolean);
    create table marts.fct_revenue (
        client_id varchar, month date, revenue_type varchar, revenue_cc decimal(18, 2),
        revenue_reported decimal(18, 2));
    create table marts.rpt_arr_waterfall as
        select date '2026-03-01' as month, unnest(['cc', 'reported']) as basis, segment, segment_value,
            cast(100.5 as decimal(18, 2)) as start_arr, cast(10 as decimal(18, 2)) as new_arr,
            cast(0 as decimal(18, 2)) as reactivation_arr, cast(5 as decimal(18, 2)) as expansion_arr,
            cast(-2 as decimal(18, 2)) as contraction_arr, cast(-3 as decimal(18, 2)) as churn_arr,
            cast(0 as decimal(18, 2)) as transfer_arr, cast(0 as decimal(18, 2)) as fx_effect,
            cast(110.5 as decimal(18, 2)) as end_arr
        from (values ('company', 'all'), ('am', 'am1'), ('am', 'am2')) as t(segment, segment_value);
    create table marts.rpt_retention as
        select month, unnest([3, 12]) as window_months, segment, segment_value, 7 as clients_start,
            1 as clients_churned,
            start_arr as start_arr_cc, expansion_arr as expansion_cc, contraction_arr as contraction_cc,
            churn_arr as churn_cc, end_arr as end_arr_cc, cast(1.01234567 as decimal(28, 8)) as nrr_cc,
            cast(0.9 as decimal(28, 8)) as grr_cc, start_arr as start_arr_reported, end_arr as end_arr_reported,
            cast(1 as decimal(28, 8)) as nrr_reported, cast(null as decimal(28, 8)) as grr_reported,
            cast(1.5 as decimal(28, 8)) as fx_effect_pp, cast(0.1 as decimal(28, 8)) as logo_churn_rate,
            cast(0.1 as decimal(28, 8)) as revenue_churn_rate, cast(0.1 as decimal(28, 8)) as expansion_rate
        from marts.rpt_arr_waterfall where basis = 'cc';
"""
AM1 = Principal("Ann", Role.ACCOUNT_MANAGER, frozenset({"am1"}))
NOBODY = Principal("New", Role.ACCOUNT_MANAGER, frozenset({"am/9"}))
STEM = file_stem("am/9")
MANAGERS = (AM1, NOBODY)


def meta_of(manifest: Manifest) -> SiteMeta:
    """What the files of a release say of it."""
    return dataclasses.replace(META, release_id=manifest.release_id, published_at=manifest.published_at)


def write_warehouse(path: Path) -> None:
    """Each client has ARR and revenue in three months, one expansion, one month of exchange rates, and leaves."""
    with duckdb.connect(str(path), config=CONFIG) as connection:
        connection.execute(TABLES)
        for number, (client, name) in enumerate(NAMES.items(), start=1):
            am, arr = OWNERS[client], Decimal(f"{number}00.1{number}")
            facts = {
                "dim_clients": [
                    client, name, "Health", "US", "EMEA", "USD", "tail", am, am and f"Manager {am[-1]}", arr, arr,
                    MONTHS[0], None, 50, "green",
                ],
                "fct_churn": [client, MONTHS[2], am, arr, "left", f"<r>about {client}</r>", None, number % 2 == 0],
            }  # fmt: skip
            rows = [
                *facts.items(),
                *(("fct_arr", [client, month, "USD", arr + month.month, arr]) for month in MONTHS),
                *(("fct_revenue", [client, month, "recurring", arr / 12, arr]) for month in MONTHS),
                ("fct_arr_movements", [client, MONTHS[1], "expansion", am, "tail", arr, arr, 1, arr, arr, 1, 0]),
                ("fct_arr_movements", [client, MONTHS[2], "fx_only", am, "tail", arr, arr, 0, arr, arr + 2, 0, 2]),
            ]
            for table, row in rows:
                connection.execute(f"insert into marts.{table} values ({', '.join('?' * len(row))})", row)


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def cells_of_database(path: Path) -> dict[str, list[dict[str, Any]]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        return {name: connection.sql(f"select * from marts.{name}").pl().to_dicts() for (name,) in names}


def copy_with(source: Path, target: Path, change: Callable[[str, str], str]) -> Path:
    """The workbook with the XML of each part as `change(part, text)` has it."""
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as changed:
        for part in parts.namelist():
            changed.writestr(part, change(part, parts.read(part).decode()))
    return target
