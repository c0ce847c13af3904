"""Three clients with numbers one can check by hand: the tables that the pages Clients and Client read.

`c1` Acme grew from 1,000 to 1,200, is yellow and its month is measured in full. `c/2%41` has a hostile name, shrank
from 400 to 300 when another account manager had it, and never placed an order. `c3` has no name and left with 500.
"""

HOSTILE = "<script>alert(1)</script>=cmd"
ODD_ID = "c/2%41"  # decoded twice it would be another one

TABLES = """
create schema marts; create schema policy;
create table marts.dim_account_managers as select * from (values ('a1', 'Ann'), ('a2', 'Bob')) as t(am_id, am_name);
create table marts.dim_clients as select * from (values
    ('c1', 'Acme', 'Retail', 'FR', 'Nordics', 'EUR', 'strategic', 'a1', 'Ann', 1200.00::decimal(18, 2), date '2024-06-01', null),
    ('c/2%41', '<script>alert(1)</script>=cmd', null, 'US', null, 'USD', 'growth', 'a2', 'Bob', 300, date '2025-06-01', null),
    ('c3', null, 'Retail', 'US', 'Nordics', 'USD', 'tail', null, null, 0, date '2025-06-01', date '2026-02-01')
) as t(client_id, client_name, industry, country, region, billing_currency, tier, am_id, am_name, arr_cc,
    first_revenue_month, churned_month);
alter table marts.dim_clients add column annual_revenue_cc decimal(18, 2) default 0;
create table marts.fct_arr as select * from (values
    ('c1', date '2025-06-01', 1000.00::decimal(18, 2), 900.00::decimal(18, 2), false),
    ('c1', date '2026-05-01', 1200, 1100, false), ('c1', date '2026-06-01', 1200, 1150, true),
    ('c/2%41', date '2025-06-01', 400, 400, false), ('c/2%41', date '2026-06-01', 300, 300, false),
    ('c3', date '2025-06-01', 500, 500, false)
) as t(client_id, month, arr_cc, arr_reported, is_provisional);
create table marts.fct_arr_movements as select * from (values
    ('c1', date '2026-01-01', 'expansion', 'a1', 'strategic', 200.00::decimal(18, 2), 180.00::decimal(18, 2), 0.00::decimal(18, 2)),
    ('c/2%41', date '2026-03-01', 'contraction', 'a1', 'growth', -100, -100, 0),
    ('c/2%41', date '2025-06-01', 'new', 'a1', 'growth', 400, 400, 0),
    ('c3', date '2026-02-01', 'churn', null, 'tail', -500, -500, 0)
) as t(client_id, month, movement_type, am_id, tier, change_cc, change_reported, fx_effect_reported);
create table marts.fct_churn as select 'c3' as client_id, date '2026-02-01' as month, 'voluntary' as churn_category,
    'price' as churn_reason, 500.00::decimal(18, 2) as churned_arr_cc;
create table marts.rpt_arr_waterfall as
select (date '2025-06-01' + to_months(i::int))::date as month, basis, 'company' as segment, 'all' as segment_value,
    case when i = 0 then 400 else 0 end::decimal(18, 2) as new_arr, 0::decimal(18, 2) as reactivation_arr,
    case when i = 7 then 200 else 0 end::decimal(18, 2) as expansion_arr,
    case when i = 9 then 100 else 0 end::decimal(18, 2) as contraction_arr,
    case when i = 8 then 500 else 0 end::decimal(18, 2) as churn_arr,
    case when i = 12 then 1500 else 1900 end::decimal(18, 2) as end_arr
from range(13) as months(i), (values ('cc')) as bases(basis);
insert into marts.rpt_arr_waterfall
select month, basis, 'am', am_id, 0, 0, 0, 0, 0, case am_id when 'a1' then 1200 else 300 end
from marts.rpt_arr_waterfall, marts.dim_account_managers;
create table marts.rpt_retention as select date '2026-06-01' as month, 12 as window_months, 'company' as segment,
    'all' as segment_value, 2000.00 as start_arr_cc, 1800.00 as start_arr_reported;
create table marts.fct_client_health as
with scored as (select * from (values
    ('c1', date '2026-04-01', 20, 15, 10, 10, 0, 10, 65, 100, 'yellow', true),
    ('c1', date '2026-05-01', 20, 15, 20, 15, 0, 10, 80, 100, 'green', true),
    ('c1', date '2026-06-01', 20, 15, 15, 15, 0, 10, 75, 100, 'yellow', true),
    ('c/2%41', date '2026-06-01', null, 5, null, 10, 5, 5, 25, 55, 'unknown', false)
) as t(client_id, month, hiring_points, payment_points, nps_points, executive_points, expansion_points, issue_points,
    earned_points, available_points, health_band, is_band_certain))
select *, true as is_month_end, (month + interval 1 month - interval 1 day)::date as as_of_on,
    round(100 * earned_points / available_points)::int as health_score, earned_points as score_low,
    earned_points + 100 - available_points as score_high, available_points / 100 as coverage_rate,
    case when hiring_points is null then null else 6 end as open_orders, 4.0 as hires_per_month, 20.5 as days_to_pay,
    0 as flagged_invoices, case when nps_points is null then null else 8.0 end as nps_mean, 1 as sponsor_activities,
    2 as executive_activities, 3 as active_contacts, 0.0 as open_expansion_cc, 0 as open_expansions, 0 as escalations,
    0 as overdue_escalations
from scored;
create table marts.rpt_nps as select * from (values
    ('t12m', date '2025-07-01', 'relationship', 'client', 'c1', 8, 40.0, false),
    ('t12m', date '2025-07-01', 'relationship', 'client', 'c/2%41', 2, -50.0, true)
) as t(period_kind, period_start, survey_type, segment, segment_value, responses, nps, is_too_few);
create table marts.rpt_csat as select date '2026-06-01' as month, 'client' as segment, 'c1' as segment_value, 6 as responses,
    83.5 as csat_mean;
create table marts.fct_escalations as
select 'e1' as escalation_id, policy, 'c1' as client_id, 'P1' as severity, timestamp '2026-06-10 08:00' as opened_at,
    null::timestamp as resolved_at, 2.5 as response_hours, null::double as resolution_hours, true as is_response_met,
    is_met as is_resolution_met
from (values ('severity_matrix', false), ('kpi_target', true)) as policies(policy, is_met);
create table marts.fct_qbrs as select * from (values
    ('c1', date '2026-01-01', true, true, true, true, false, true), ('c1', date '2026-04-01', true, false, false, false, false, false)
) as t(client_id, quarter_start, is_due, is_completed, executive_attended, deck_on_time, actions_logged, follow_up_on_time);
create table marts.fct_renewals as select 'k1' as contract_id, 'c1' as client_id, date '2026-09-30' as ends_on, 89 as days_to_end,
    1200.00::decimal(18, 2) as value_cc, 'late' as renewal_status, 'strategic' as tier, 'yellow' as health_band,
    0.75 as renewal_rate, 900.00::decimal(18, 2) as forecast_cc, 700.00::decimal(18, 2) as forecast_low_cc,
    1000.00::decimal(18, 2) as forecast_high_cc;
create table marts.rpt_relationships as select 'c1' as client_id, date '2026-06-30' as as_of_on, 1 as executive_contacts,
    0 as manager_contacts, 0 as other_contacts, true as is_single_contact;
create table marts.rpt_white_space as select * from (values
    ('c1', 'D', 'FR', 'Staffing', true, 90.00::decimal(18, 2)), ('c1', 'D', 'FR', 'Platform', false, null),
    ('c1', 'D', 'US', 'Staffing', false, null)
) as t(client_id, division, country, service_line, has_revenue, revenue_12m_cc);
create table marts.rpt_client_economics as select 'c1' as client_id, date '2026-06-01' as month,
    1000.00::decimal(18, 2) as revenue_12m_cc, 4000.00::decimal(18, 2) as category_spend_cc, 0.25 as wallet_share_rate,
    3000.00::decimal(18, 2) as leakage_cc, 1000.00::decimal(18, 2) as costed_revenue_cc, 600.00::decimal(18, 2) as margin_cc,
    0.6 as margin_rate, 50.00::decimal(18, 2) as savings_planned_cc, 60.00::decimal(18, 2) as savings_delivered_cc;
create table marts.fct_fx_flags (client_id varchar, contract_id varchar, flag varchar, currency varchar, move_rate double,
    value_cc decimal(18, 2));
create table marts.fct_revenue as select 'c1' as client_id, (date '2025-07-01' + to_months(i::int))::date as month,
    line as service_line, amount::decimal(18, 2) as revenue_cc, amount::decimal(18, 2) as revenue_reported
from range(12) as months(i), (values ('Staffing', 75), ('Platform', 25)) as lines(line, amount);
create table policy.parameters as select *, date '2000-01-01' as valid_from from (values
    ('renewal_days_ahead', 180), ('health_payment_days', 170), ('nps_minimum_responses', 5), ('relationship_days', 160),
    ('health_sponsor_days', 90)
) as parameters(parameter, value);
create table policy.kpi_targets as select 'csat_mean' as kpi, 80.0 as target, date '2000-01-01' as valid_from;
create table policy.health_components as select *, date '2000-01-01' as valid_from from (values
    ('hiring', 25, 'lowest'), ('payment', 20, 'lowest'), ('nps', 20, 'lowest'), ('executive', 15, 'highest'),
    ('expansion', 10, 'lowest'), ('issue', 10, 'lowest')
) as t(component, maximum_points, combination);
create table policy.health_bands as select *, date '2000-01-01' as valid_from
from (values ('green', 80), ('yellow', 50), ('red', null)) as t(health_band, minimum_score);
create table policy.health_rubric as select *, date '2000-01-01' as valid_from from (values
    ('payment', 'days_to_pay', null, false, 15.0, false, 20), ('payment', 'days_to_pay', 15.0, true, 30.0, true, 15),
    ('payment', 'days_to_pay', 30.0, false, null, false, 0),
    ('nps', 'nps_mean', 9.0, true, null, false, 20), ('nps', 'nps_mean', 7.0, true, 9.0, false, 15),
    ('nps', 'nps_mean', null, false, 7.0, false, 0),
    ('expansion', 'open_expansion_cc', null, false, 100000.0, true, 5), ('expansion', 'open_expansion_cc', 100000.0, false, null, false, 10),
    ('expansion', 'open_expansions', null, false, 1.0, false, 0), ('expansion', 'open_expansions', 1.0, true, null, false, 10)
) as t(component, measure, lower_bound, is_lower_included, upper_bound, is_upper_included, points);
"""  # noqa: E501
