-- Every metric that an OKR may name, for each AM and complete month, as a numerator and a denominator: so that a quarter's events
-- can be added before they are divided.
{% set retention = {
    'nrr_cc': ['end_arr_cc', 'start_arr_cc'],
    'grr_cc': ['start_arr_cc - contraction_cc - churn_cc', 'start_arr_cc'],
    'nrr_reported': ['end_arr_reported', 'start_arr_reported'],
    'grr_reported': ['grr_reported', '1'],
    'expansion_rate': ['expansion_cc', 'start_arr_cc'],
    'logo_churn_rate': ['clients_churned', 'clients_start'],
    'revenue_churn_rate': ['churn_cc', 'start_arr_cc'],
    'handover_fair_nrr_cc': ['handover_fair_nrr_cc', '1'],
} %}
{% set portfolio = {
    'arr_cc': ['arr_cc', '1'],
    'clients': ['clients', '1'],
    'strategic_clients': ['strategic_clients', '1'],
    'growth_clients': ['growth_clients', '1'],
    'standard_clients': ['standard_clients', '1'],
    'tail_clients': ['tail_clients', '1'],
    'top_10_rate': ['top_arr_cc', 'arr_cc'],
    'upsell_coverage': ['open_qualified_expansion_cc', 'expansion_goal'],
    'quota_attainment_rate': ['won_in_quarter_cc', 'quota'],
    'expansion_won_cc': ['expansion_won_12m_cc', '1'],
} %}
with measures as (
    {% for metric, parts in retention.items() %}
    select month, segment_value as am_id, '{{ metric }}' as metric, {{ parts[0] }} as numerator, {{ parts[1] }} as denominator
    from {{ ref('rpt_retention') }}
    where segment = 'am' and segment_value <> 'unassigned' and window_months = 12
    union all
    {% endfor %}
    select month, segment_value as am_id, 'surprise_churn_rate' as metric, surprise_churn_rate as numerator, 1 as denominator
    from {{ ref('rpt_retention') }}
    where segment = 'am' and segment_value <> 'unassigned' and window_months = 3
    union all
    {% for metric, parts in portfolio.items() %}
    select month, am_id, '{{ metric }}' as metric, {{ parts[0] }} as numerator, {{ parts[1] }} as denominator
    from {{ ref('int_portfolios__by_am_and_month') }}
    union all
    {% endfor %}
    select month, am_id, metric, actual as numerator, 1 as denominator
    from {{ ref('int_scorecard_actuals') }}
    where metric = 'nps'
    union all
    select month, am_id, 'score' as metric, score as numerator, 1 as denominator from {{ ref('rpt_scorecard_ratings') }}
    union all
    select month, am_id, kpi as metric, numerator, denominator from {{ ref('rpt_kpis') }} where am_id <> 'company'
)

select month, am_id, metric, cast(numerator as decimal(28, 8)) as numerator, cast(denominator as decimal(28, 8)) as denominator
from measures
where numerator is not null and denominator <> 0
