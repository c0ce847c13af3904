"""A small company with numbers one can check by hand: a warehouse with the tables the dashboards read."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.dashboards.meta import SiteMeta
from pipelines.serving.release import Release, open_release

TABLES = """
create schema marts; create schema ops; create schema policy;
create table marts.dim_clients (client_id varchar, client_name varchar, am_id varchar);
create table marts.dim_account_managers (am_id varchar, am_name varchar);
create table marts.rpt_arr_waterfall (
    month date, basis varchar, segment varchar, segment_value varchar, start_arr decimal(18, 2), new_arr decimal(18, 2),
    reactivation_arr decimal(18, 2), expansion_arr decimal(18, 2), contraction_arr decimal(18, 2),
    churn_arr decimal(18, 2), transfer_arr decimal(18, 2), fx_effect decimal(18, 2), end_arr decimal(18, 2)
);
create table marts.rpt_retention (
    month date, window_months bigint, segment varchar, segment_value varchar, clients_start bigint,
    clients_churned bigint, start_arr_cc decimal(18, 2), nrr_cc double, grr_cc double, nrr_reported double,
    grr_reported double, fx_effect_pp double, logo_churn_rate double, expansion_rate double
);
create table marts.fct_arr_movements (
    month date, client_id varchar, movement_type varchar, am_id varchar, change_cc decimal(18, 2)
);
create table marts.fct_churn (
    client_id varchar, month date, churn_category varchar, churned_arr_cc decimal(18, 2)
);
create table ops.load_files (
    source varchar, entity varchar, file_name varchar, loaded_at timestamp, rows_read bigint, rows_landed bigint,
    rows_duplicate bigint, rows_quarantined bigint
);
"""

# 30 months to Jun 2026. Each month: +100 new, +50 expansion, -30 contraction, -20 churn; reported also -10 currency.
COMPANY = """
insert into marts.rpt_arr_waterfall
select date '2024-01-01' + to_months(i::int), basis, 'company', 'all', 1000 + i * step, 100, 0, 50, 30, 20, 0,
    step - 100, 1000 + (i + 1) * step
from range(30) as months(i), (values ('cc', 100), ('reported', 90)) as bases(basis, step);
insert into marts.rpt_retention
select date '2025-01-01' + to_months(i::int), 12, 'company', 'all', 40, 3, 1000, 1.000 + i * 0.002, 0.90, 0.99 + i * 0.002,
    0.89, -1.0, 0.075, 0.16
from range(18) as months(i);
insert into marts.dim_account_managers values ('a1', 'Ann');
insert into marts.dim_clients values ('c1', 'Acme', 'a1'), ('c2', 'Brown', null);
insert into marts.fct_arr_movements values
    ('2026-06-01', 'c1', 'churn', 'a1', -900.50), ('2026-06-01', 'c2', 'new', null, 100.25),
    ('2026-04-01', 'c1', 'expansion', 'a1', 300), ('2026-06-01', 'c3', 'fx_only', 'a1', 0),
    ('2026-03-01', 'c1', 'expansion', 'a1', 7777);
insert into marts.fct_churn values
    ('c1', '2026-06-01', 'voluntary', 900.50), ('c3', '2025-07-01', 'unclassified', 99.50), ('c4', '2025-06-01', 'structural', 5);
insert into ops.load_files values
    ('template', 'invoices', 'i.csv', '2026-07-01 02:00:00', 100, 97, 1, 2), ('template', 'accounts', 'a.csv', null, 10, 10, 0, 0);
create table ops.checks as
    select 'r1' as run_id, 'c' || i as check_name, i > 0 as passed, '' as message from range(20) as checks(i);
create table policy.retention_bands as select * from (values
    ('nrr', 'target', 1.10, null, true, false, date '2000-01-01'), ('nrr', 'acceptable', 1.0, 1.1, true, false, date '2000-01-01'),
    ('nrr', 'at_risk', null, 1.0, false, false, date '2000-01-01'), ('nrr', 'target', 2.0, null, true, false, date '2027-01-01'),
    ('grr', 'target', 0.95, null, false, false, date '2000-01-01'), ('grr', 'acceptable', 0.9, 0.95, true, true, date '2000-01-01'),
    ('grr', 'at_risk', null, 0.9, false, false, date '2000-01-01'),
    ('logo_churn_rate', 'target', null, 0.1, false, false, date '2000-01-01'),
    ('logo_churn_rate', 'at_risk', 0.1, null, true, false, date '2000-01-01'),
    ('expansion_rate', 'target', 0.15, 0.2, true, false, date '2000-01-01')
) as bands(metric, band, lower_bound, upper_bound, is_lower_included, is_upper_included, valid_from);
"""  # noqa: E501

Company = Callable[..., Release]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Opens the company, or with `rows=False` empty tables; `change` is SQL to run on it before."""
    opened: list[Release] = []

    def build(change: str = "", rows: bool = True) -> Release:
        path = tmp_path / f"{len(opened)}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(TABLES + (COMPANY if rows else "") + change)
        opened.append(open_release(path))
        return opened[-1]

    yield build
    for release in opened:
        release.close()


@pytest.fixture
def meta() -> SiteMeta:
    return SiteMeta("r-1", dt.date(2026, 7, 3), "USD", dt.date(2025, 12, 31), dt.datetime(2026, 7, 4, 2, 0))  # noqa: DTZ001
