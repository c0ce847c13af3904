"""A company of three account managers with scorecards, service events and surveys one can work out by hand.

Ann (a1) is rated, Bob (a2) has too little data, Cy (a3) left. The one month with scorecards is September 2026.
"""

import datetime as dt
from pathlib import Path

import duckdb

from pipelines.dashboards.pages.context import Context, Units
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.view import Page, Panel
from pipelines.serving.principal import LEADERSHIP, Principal
from pipelines.serving.release import Release, open_release

SQL = """
create schema marts; create schema ops; create schema policy;
create table marts.dim_clients as select * from (values
    ('c1', 'Acme', 'a1', 900.0::decimal(18, 2)), ('c/2', '<script>x</script>', 'a2', 100.0)
) as clients(client_id, client_name, am_id, arr_cc);
create table marts.dim_account_managers as select * from (values ('a1', 'Ann'), ('a2', 'Bob <b>'), ('a3', 'Cy'))
    as managers(am_id, am_name);
create table marts.rpt_arr_waterfall as select month, 'am' as segment, 'a1' as segment_value
from (values (date '2026-08-01'), (date '2026-09-01')) as months(month);

-- Ann: 0.6 of 0.8 points = 75.0; one metric without data. Bob: 0.3 of 0.4 of the weights.
create table marts.rpt_scorecard as select date '2026-09-01' as month, * from (values
    ('a1', 'nrr_cc', 0.5, 1.10, 0.88, 0.8, 0.40), ('a1', 'nps', 0.3, 50, 33.333333, 0.666667, 0.20),
    ('a1', 'qbr_completion_rate', 0.2, 1, null, null, null),
    ('a2', 'nrr_cc', 0.5, 1.10, null, null, null), ('a2', 'nps', 0.3, 50, 80, 1, 0.30),
    ('a2', 'qbr_completion_rate', 0.2, 1, null, null, null)
) as cards(am_id, metric, weight, target, actual, attainment, points);
create table marts.rpt_scorecard_ratings (
    month date, am_id varchar, score decimal(18, 6), coverage_rate decimal(18, 6), rating varchar,
    is_meets_or_better boolean
);
insert into marts.rpt_scorecard_ratings values
    ('2026-09-01', 'a1', 0.75, 0.8, 'meets', true), ('2026-08-01', 'a1', 0.70, 0.8, 'needs_improvement', false),
    ('2026-09-01', 'a2', 1, 0.3, 'not_rated', false);
create table marts.rpt_portfolios as select date '2026-09-01' as month, * from (values
    ('a1', 9, 2, 0, 1, 900.00::decimal(18, 2), 0.95, 4.5, 'below', 'below', 'below', 'below', 'above', 'above', 'within'),
    ('a2', 35, 9, 16, 5, 100.00, 0.65, null, 'within', 'within', 'within', 'below', 'within', 'within', null)
) as loads(am_id, clients, strategic_clients, growth_clients, standard_clients, arr_cc, top_10_rate, upsell_coverage,
    clients_range, strategic_clients_range, growth_clients_range, standard_clients_range, arr_cc_range,
    top_10_rate_range, upsell_coverage_range);
create table marts.rpt_retention as select date '2026-09-01' as month, 12 as window_months, 'am' as segment, * from (
    values ('a1', 0.88, 0.98, 1000.00::decimal(18, 2), 400.00::decimal(18, 2), 10), ('a2', null, null, 0, 0, 0)
) as rates(segment_value, nrr_cc, handover_fair_nrr_cc, start_arr_cc, inherited_start_arr_cc, clients_start);
create table marts.rpt_okrs as select date '2026-07-01' as quarter_start, * from (values
    ('a1', 'Keep <i>them</i>', 'logo_churn_rate', 0.08, 0.10, 0.8, true), ('a1', 'Grow', 'nrr_cc', 0.80, 0.88, 1, false)
) as okrs(am_id, objective, metric, target, actual, progress, is_lower_better);
create table marts.rpt_promotion_readiness as select * from (values
    ('a1', 'nrr_cc', 0.88, 1.15, false), ('a1', 'arr_cc', 900, 300, true), ('a2', 'arr_cc', 100, 300, false),
    ('a2', 'nrr_cc', null, 1.15, false)
) as criteria(am_id, criterion, value, threshold, is_met);
create table ops.closed_scorecards (
    month date, label varchar, closed_at timestamp, am_id varchar, metric varchar, actual_reported double,
    actual_now double, points_reported double, points_now double, rating_reported varchar, rating_now varchar
);
create table policy.promotion_criteria as select * from (values
    ('nrr_cc', 'above', 1.15, date '2000-01-01'), ('arr_cc', 'at_least', 300, date '2000-01-01')
) as criteria(criterion, comparison, threshold, valid_from);
create table policy.scorecard_ratings as select * from (values
    ('exceeds', 0.9, date '2000-01-01'), ('meets', 0.75, date '2000-01-01'), ('unacceptable', 0, date '2000-01-01'),
    ('exceeds', 0.99, date '2026-10-01')
) as ratings(rating, minimum_score, valid_from);
create table policy.portfolio_ranges as select * from (values
    ('clients', 30, 50, date '2000-01-01'), ('arr_cc', 100, 200, date '2000-01-01'),
    ('arr_cc', 1, 2, date '2026-10-01'), ('upsell_coverage', 3, null, date '2000-01-01')
) as ranges(measure, lower_bound, upper_bound, valid_from);
create table policy.nps_bands as select 'excellent' as nps_band, 50 as minimum_nps, date '2000-01-01' as valid_from;

-- P0: answer within 1 h (KPI target 4 h). e1 in 30 min; e2 in 2 h: late under the matrix alone; e3 in 5 h: late under both.
-- e4 is open and overdue; e5 ended a year before.
create table policy.sla_policies as select * from (values
    ('severity_matrix', 'P0', 60, 240, date '2000-01-01'), ('kpi_target', 'P0', 240, 1440, date '2000-01-01')
) as limits(policy, severity, response_minutes, resolution_minutes, valid_from);
create table marts.fct_escalations as
    select escalation_id, policy, client_id, am_id, 'P0' as severity, opened_at,
        opened_at + to_microseconds((answered * 3600000000)::bigint) as responded_at,
        opened_at + to_microseconds((solved * 3600000000)::bigint) as resolved_at,
        answered::decimal(28, 8) as response_hours, solved::decimal(28, 8) as resolution_hours,
        opened_at + to_hours(response) as response_due_at, opened_at + to_hours(resolution) as resolution_due_at,
        coalesce(answered < response, false) as is_response_met, coalesce(solved < resolution, false) as is_resolution_met
    from (values
        ('e1', 'c1', 'a1', timestamp '2026-09-01 08:00', 0.5, 3), ('e2', 'c1', 'a1', timestamp '2026-09-02 08:00', 2, 3),
        ('e3', 'c/2', 'a2', timestamp '2026-08-03 08:00', 5, 30), ('e4', 'c1', 'a1', timestamp '2026-09-20 08:00', null, null),
        ('e5', 'c1', 'a1', timestamp '2025-09-04 08:00', 5, 6)
    ) as opened(escalation_id, client_id, am_id, opened_at, answered, solved),
    (values ('severity_matrix', 1, 4), ('kpi_target', 4, 24)) as policies(policy, response, resolution);

create table marts.rpt_kpis as select month, am_id, kpi, n::decimal(28, 6) as numerator, d::decimal(28, 6) as denominator,
    (n / d)::decimal(28, 8) as value, null::decimal(28, 8) as previous_value, target, n >= target * d as is_met
from (values
    (date '2026-09-01', 'company', 'touchpoint_rate', 30, 40, 1), (date '2026-08-01', 'company', 'touchpoint_rate', 20, 40, 1),
    (date '2026-09-01', 'a1', 'touchpoint_rate', 10, 10, 1), (date '2026-09-01', 'a2', 'touchpoint_rate', 20, 30, 1),
    (date '2026-09-01', 'company', 'csat_mean', 328, 4, 80), (date '2026-08-01', 'company', 'csat_mean', 790, 10, 80),
    (date '2026-09-01', 'company', 'qbr_completion_rate', 1, 2, 1), (date '2026-06-01', 'company', 'qbr_completion_rate', 2, 2, 1),
    (date '2026-09-01', 'company', 'brand_new_rate', 1, 2, null)
) as kpis(month, am_id, kpi, n, d, target);
create table marts.fct_qbrs as select * from (values
    ('c1', date '2026-07-01', 'a1', true, true, true, false, true, null),
    ('c/2', date '2026-07-01', 'a2', true, false, null, null, null, null)
) as qbrs(client_id, quarter_start, am_id, is_due, is_completed, executive_attended, deck_on_time, actions_logged,
    follow_up_on_time);
create table marts.rpt_nps as select 'quarter' as period_kind, 'transactional' as survey_type, * from (values
    (date '2026-07-01', 'company', 'all', 10, 6, 2, 2, 40.0, -8.0, 88.0, false), (date '2026-07-01', 'am', 'a1', 3, 3, 0, 0, 100.0, null, null, true)
) as nps(period_start, segment, segment_value, responses, promoters, passives, detractors, nps, nps_low, nps_high, is_too_few);
create table marts.rpt_action_registry as select date '2026-07-01' as quarter_start, 'Q3 2026' as quarter_name, * from (values
    ('a1', 10, 5, 7, 2, 0, 1, 1, 70), ('a2', 2, 1, 2, 0, 0, 0, 0, null)
) as items(am_id, items, closed_30d, closed_60d, open_items, open_up_to_30d, open_31_to_60d, open_over_60d, oldest_open_days);
"""  # noqa: E501


def staffed(folder: Path, change: str = "", principal: Principal = LEADERSHIP) -> Release:
    """The company, open for `principal`; `change` is SQL to run on it before."""
    path = folder / "staffed.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SQL + change)
    return open_release(path, principal)


def context(release: Release, query: str = "", principal: Principal = LEADERSHIP) -> Context:
    return Context(release, Question.read(query), Units("USD", dt.date(2025, 12, 31)), principal, dt.date(2026, 9, 30))


def panel(page: Page, key: str) -> Panel:
    return next(each for each in page.panels if each.key == key)


def texts(shown: Panel) -> list[list[str]]:
    """The panel's table as plain text."""
    assert shown.table is not None
    return [[plain(cell.text) for cell in row] for row in shown.table.rows]


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u2212", "-")
