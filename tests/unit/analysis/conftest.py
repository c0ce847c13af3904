"""A company of six clients whose retention one can work out by hand: a warehouse with the tables the analyses read.

June 2026 over 12 months, in USD, EUR at 1.00 on the baseline date, at 1.10 until May 2026 and at 1.20 in June:

| client | region | June 2025 | June 2026 | |
| --- | --- | --- | --- | --- |
| ada | north | 1200 | 1584 | 12 units at 100, then 13: 100 of the growth is volume, 284 price |
| bea | north | EUR 1200 | EUR 1200 | only the rate moves |
| cyd | south | 600 | 480 | gone from January to February, back on another account |
| dan | south | 360 | 0 | churned in June; 420 less a credit note over 60 |
| eve | south | 0 | 240 | new in November 2025 |
| fay | north | 0 | 180 | 840 until April 2025, back in June 2026 |

NRR = (1584 + 1200 + 480) / (1200 + 1200 + 600 + 360) = 3264 / 3360; GRR = 2880 / 3360.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.serving.release import Release, open_release

TABLES = """
create schema marts; create schema intermediate; create schema staging; create schema policy;
create table staging.stg_run as
    select date '2026-06-30' as as_of_on, date '2026-06-01' as last_month, 'USD' as reporting_currency,
        1::bigint as fiscal_year_start_month;
create table intermediate.int_calendar as
    select month::date as month, last_day(month) as last_day
    from range(date '2025-04-01', date '2026-07-01', interval 1 month) as months(month);
create table intermediate.int_fx_rates__cc as
    select * from (values ('USD', 1.0::decimal(28, 10)), ('EUR', 1.0)) as rates(currency, rate);
create table intermediate.int_fx_rates__by_month as
    select currency, month,
        case when currency = 'USD' then 1 when month < date '2026-06-01' then 1.1 else 1.2 end::decimal(28, 10) as rate
    from intermediate.int_calendar cross join (values ('USD'), ('EUR')) as currencies(currency);
create table intermediate.int_clients as
    select *, region as region_segment, 'unknown' as industry_segment, currency as currency_segment from (values
        ('ada', 'Ada', 'north', 'USD'), ('bea', 'Bea', 'north', 'EUR'), ('cyd', 'Cyd', 'south', 'USD'),
        ('dan', 'Dan', 'south', 'USD'), ('eve', 'Eve', 'south', 'USD'), ('fay', 'Fay', 'north', 'USD')
    ) as clients(client_id, client_name, region, currency);
create table staging.stg_accounts as
    select client_id || '-1' as account_id, client_name as name from intermediate.int_clients
    union all select 'cyd-2', 'Cyd, the other office';
create table intermediate.int_invoice_lines as
    select *, account_id || '/' || first_month as line_key, left(account_id, 3) as client_id,
        first_month as service_start, last_day(last_month) as service_end,
        case when revenue_type = 'recurring' then (arr / 12)::decimal(28, 6) end as monthly_rate
    from (values
        ('ada-1', 'USD', 'invoice', 'recurring', date '2025-04-01', date '2026-05-01', 1200.00::decimal(18, 2), 12),
        ('ada-1', 'USD', 'invoice', 'recurring', '2026-06-01', '2026-06-01', 1584, 13),
        ('bea-1', 'EUR', 'invoice', 'recurring', '2025-04-01', '2026-06-01', 1200, null),
        ('cyd-1', 'USD', 'invoice', 'recurring', '2025-04-01', '2025-12-01', 600, null),
        ('cyd-2', 'USD', 'invoice', 'recurring', '2026-03-01', '2026-06-01', 480, null),
        ('dan-1', 'USD', 'invoice', 'recurring', '2025-04-01', '2026-05-01', 420, null),
        ('dan-1', 'USD', 'credit_note', 'recurring', '2025-04-01', '2026-05-01', -60, null),
        ('eve-1', 'USD', 'invoice', 'recurring', '2025-11-01', '2026-06-01', 240, null),
        ('fay-1', 'USD', 'invoice', 'recurring', '2025-04-01', '2025-04-01', 840, null),
        ('fay-1', 'USD', 'invoice', 'recurring', '2026-06-01', '2026-06-01', 180, null),
        ('ada-1', 'USD', 'invoice', 'one_off', '2026-02-01', '2026-02-01', 336, null)
    ) as lines(account_id, currency, kind, revenue_type, first_month, last_month, arr, quantity);
create table intermediate.int_usage_windows (
    client_id varchar, currency varchar, month date, source_month date, window_months bigint
);
create table intermediate.int_revenue__by_line_and_month as
    select line_key || kind as line_key, month,
        (case when revenue_type = 'one_off' then arr else arr / 12 end)::decimal(18, 2) as revenue_local
    from intermediate.int_invoice_lines
    inner join intermediate.int_calendar on month between first_month and last_month;
update intermediate.int_invoice_lines set line_key = line_key || kind;
create table intermediate.int_arr__by_cell_and_month as
    select client_id, currency, revenue_type, 'x' as country, 'x' as division, 'x' as service_line, 'x' as job_family,
        month, sum(arr)::decimal(28, 6) as arr_local, sum(quantity)::decimal(28, 6) as quantity
    from intermediate.int_invoice_lines inner join intermediate.int_calendar on month between first_month and last_month
    where revenue_type = 'recurring' group by all;
create table intermediate.int_arr__by_client_currency_and_month as
    select client_id, currency, month, arr_local::decimal(18, 2) as arr_local
    from intermediate.int_arr__by_cell_and_month;
create table intermediate.int_arr__by_client_and_month as
    select spans.client_id, spans.first_arr_month, calendar.month, coalesce(arr.arr_local, 0) as arr_cc,
        null::date as last_churn_month
    from (
        select client_id, min(month) as first_arr_month from intermediate.int_arr__by_cell_and_month group by client_id
    ) as spans
    inner join intermediate.int_calendar as calendar on calendar.month >= spans.first_arr_month
    left join intermediate.int_arr__by_client_currency_and_month as arr
        on arr.client_id = spans.client_id and arr.month = calendar.month;
update intermediate.int_arr__by_client_and_month set last_churn_month = month
    where client_id = 'dan' and month = '2026-06-01';
create table intermediate.int_tiers__by_client_and_month as
    select client_id, month, 'tail' as tier from intermediate.int_arr__by_client_and_month;
create table intermediate.int_owners__by_client_and_month as
    select client_id, month, 'a1' as am_id from intermediate.int_arr__by_client_and_month;
create table marts.dim_account_managers as select 'a1' as am_id, 'Ann' as am_name;
create table policy.tiers as select 'tail' as tier;
create table policy.retention_bands as select * from (values
    ('nrr', 'target', 1.10::decimal(18, 6), null::decimal(18, 6), true, false, date '2000-01-01'),
    ('nrr', 'acceptable', 1.0, 1.1, true, false, '2000-01-01'),
    ('nrr', 'at_risk', null, 1.0, false, false, '2000-01-01'),
    ('nrr', 'target', 2.0, null, true, false, '2027-01-01'), ('grr', 'at_risk', null, 0.9, false, false, '2000-01-01'),
    ('grr', 'acceptable', 0.9, 0.95, true, true, '2000-01-01'),
    ('grr', 'target', 0.95, null, false, false, '2000-01-01')
) as bands(metric, band, lower_bound, upper_bound, is_lower_included, is_upper_included, valid_from);
create table policy.parameters as select * from (values
    ('attainment_cap', 1.0::decimal(18, 6), date '2000-01-01'), ('scorecard_least_coverage_rate', 0.5, '2000-01-01')
) as parameters(parameter, value, valid_from);
create table policy.scorecard_ratings as select * from (values
    ('meets', 0.9::decimal(18, 6), date '2000-01-01'), ('unacceptable', 0.0, '2000-01-01')
) as ratings(rating, minimum_score, valid_from);
create table marts.rpt_scorecard as select * from (values
    (date '2026-06-01', 'a1', 'nrr_cc', 0.3::decimal(18, 6), 1.1::decimal(18, 6), 0.264935064935::decimal(28, 12)),
    ('2026-06-01', 'a1', 'nps', 0.3, 50, 0.264), ('2026-06-01', 'a1', 'green_rate', 0.4, 0.7, null)
) as lines(month, am_id, metric, weight, target, points);
create table marts.rpt_retention as
    select month::date as month, 12 as window_months, segment, segment_value, nrr_cc::decimal(28, 8) as nrr_cc,
        grr_cc::decimal(28, 8) as grr_cc, nrr_reported::decimal(28, 8) as nrr_reported
    from (values
        ('2026-06-01', 'company', 'all', 0.97142857, 0.85714286, 1.00689655),
        ('2026-06-01', 'am', 'a1', 0.97142857, 0.85714286, 1.00689655),
        ('2026-06-01', 'region', 'north', 1.16, 1, 1.2), ('2026-06-01', 'region', 'south', 0.5, 0.5, 0.5),
        ('2026-05-01', 'company', 'all', 0.96428571, 0.96428571, 0.96551724),
        ('2026-05-01', 'region', 'north', 1, 1, 1), ('2026-05-01', 'region', 'south', 0.875, 0.875, 0.875)
    ) as published(month, segment, segment_value, nrr_cc, grr_cc, nrr_reported);
"""

Company = Callable[..., Release]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    with open_release(_written(tmp_path_factory.mktemp("analysis"))) as opened:
        yield opened


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[Company]:
    """Opens the company after some SQL was run on it."""
    opened: list[Release] = []

    def build(change: str) -> Release:
        opened.append(open_release(_written(tmp_path, change)))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


def _written(folder: Path, change: str = "") -> Path:
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES + change)
    return path
