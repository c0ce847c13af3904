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
create table marts.dim_clients (
    client_id varchar, client_name varchar, am_id varchar, am_name varchar, tier varchar, region varchar,
    industry varchar, billing_currency varchar
);
create table marts.dim_account_managers (am_id varchar, am_name varchar);
create table marts.rpt_arr_waterfall (
    month date, basis varchar, segment varchar, segment_value varchar, start_arr decimal(18, 2), new_arr decimal(18, 2),
    reactivation_arr decimal(18, 2), expansion_arr decimal(18, 2), contraction_arr decimal(18, 2),
    churn_arr decimal(18, 2), transfer_arr decimal(18, 2), fx_effect decimal(18, 2), end_arr decimal(18, 2)
);
create table marts.rpt_retention (
    month date, window_months bigint, segment varchar, segment_value varchar, clients_start bigint,
    clients_churned bigint, start_arr_cc decimal(18, 2), nrr_cc double, grr_cc double, nrr_reported double,
    grr_reported double, fx_effect_pp double, logo_churn_rate double, expansion_rate double,
    revenue_churn_rate double, surprise_churn_rate double, start_arr_reported decimal(18, 2)
);
create table marts.fct_arr_movements (
    month date, client_id varchar, movement_type varchar, am_id varchar, change_cc decimal(18, 2),
    change_reported decimal(18, 2), tier varchar
);
create table marts.fct_churn (
    client_id varchar, month date, churn_category varchar, churned_arr_cc decimal(18, 2),
    am_id varchar, churn_reason varchar, is_surprise boolean
);
create table marts.fct_expansion_types (
    client_id varchar, month date, expansion_type varchar, change_cc decimal(18, 2)
);
create table marts.fct_arr (
    client_id varchar, month date, currency varchar, arr_cc decimal(18, 2), arr_reported decimal(18, 2)
);
create table marts.fct_client_health (
    client_id varchar, as_of_on date, month date, is_month_end boolean, hiring_points int, payment_points int,
    nps_points int, executive_points int, expansion_points int, issue_points int, health_score int,
    health_band varchar, open_expansion_cc decimal(18, 2)
);
create table marts.fct_renewals (client_id varchar, ends_on date, renewal_status varchar);
create table policy.health_components (component varchar, maximum_points int, valid_from date);
create table policy.health_targets (
    health_band varchar, target_rate decimal(18, 6), comparison varchar, valid_from date
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
    0.89, -1.0, 0.075, 0.16, 0.05, null, 1000
from range(18) as months(i);
insert into marts.dim_account_managers values ('a1', 'Ann');
insert into marts.dim_clients values
    ('c1', 'Acme', 'a1', 'Ann', 'strategic', 'North', 'Tech', 'EUR'), ('c2', 'Brown', null, null, 'growth', null, null, 'USD'),
    ('c3', 'Cobalt', 'a1', 'Ann', null, 'North', null, 'EUR'), ('c4', 'Delta', 'a1', 'Ann', 'growth', 'North', 'Tech', 'EUR'),
    ('c5', 'Echo', 'a2', 'Bob', 'growth', 'South', 'Tech', 'USD');
insert into marts.fct_arr_movements values
    ('2026-06-01', 'c1', 'churn', 'a1', -900.50, -900, 'strategic'), ('2026-06-01', 'c2', 'new', null, 100.25, 99, 'growth'),
    ('2026-04-01', 'c1', 'expansion', 'a1', 300, 310, 'strategic'), ('2026-06-01', 'c3', 'fx_only', 'a1', 0, 0, 'growth'),
    ('2026-03-01', 'c1', 'expansion', 'a1', 7777, 7000, 'strategic'), ('2025-07-01', 'c3', 'churn', 'a1', -99.50, -90, 'tail'),
    ('2025-06-01', 'c4', 'churn', 'a1', -5, -5, 'tail');
insert into marts.fct_churn values
    ('c1', '2026-06-01', 'voluntary', 900.50, 'a1', 'Price', true),
    ('c3', '2025-07-01', 'unclassified', 99.50, 'a1', null, false), ('c4', '2025-06-01', 'structural', 5, 'a1', 'Merger', true);
insert into marts.fct_expansion_types values
    ('c1', '2026-04-01', 'volume', 400), ('c1', '2026-04-01', 'price', -100), ('c1', '2026-03-01', 'geographic', 7777);
insert into marts.fct_arr values
    ('c2', '2026-06-01', 'USD', 400, 390), ('c4', '2026-06-01', 'EUR', 500, 490), ('c4', '2026-06-01', 'USD', 100, 100),
    ('c5', '2026-06-01', 'USD', 1000, 1000);
insert into marts.fct_client_health values
    ('c2', '2026-06-30', '2026-06-01', true, 25, 20, 20, 15, 10, 10, 100, 'green', 50),
    ('c4', '2026-06-30', '2026-06-01', true, 0, 15, 5, null, 10, 10, 47, 'red', null),
    ('c5', '2026-06-30', '2026-06-01', true, 20, 20, 20, 15, 0, 0, 75, 'yellow', 200),
    ('c5', '2026-05-31', '2026-05-01', true, 25, 20, 20, 15, 10, 10, 100, 'green', 200);
insert into marts.fct_renewals values ('c2', '2026-08-31', 'late'), ('c2', '2026-11-30', 'covered');
insert into policy.health_components values
    ('hiring', 25, '2000-01-01'), ('payment', 20, '2000-01-01'), ('nps', 20, '2000-01-01'),
    ('executive', 15, '2000-01-01'), ('expansion', 10, '2000-01-01'), ('issue', 10, '2000-01-01');
insert into policy.health_targets values ('green', 0.7, 'at_least', '2000-01-01');
insert into ops.load_files values
    ('template', 'invoices', 'i.csv', '2026-07-01 02:00:00', 100, 97, 1, 2), ('template', 'accounts', 'a.csv', null, 10, 10, 0, 0);
create table ops.checks as
    select 'r1' as run_id, 'dbt' as suite, 'c' || i as check_name, 'warn' as severity, i > 0 as passed,
        false as is_accepted, '' as message
    from range(20) as checks(i);
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
