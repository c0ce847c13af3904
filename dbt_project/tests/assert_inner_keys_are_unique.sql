-- The keys of the tables between staging and marts: a repeated one would multiply rows in a join. One test for all of them,
-- as a test a table would cost the nightly build more time than the tables themselves.
{%- set keys = {
    'int_activities': ['activity_id'],
    'int_business_days': ['country', 'day'],
    'int_client_states__by_month': ['kpi', 'client_id', 'counts_on'],
    'int_communications': ['communication_id'],
    'int_contacts': ['contact_id'],
    'int_costs__by_line_and_month': ['line_key', 'month'],
    'int_escalations__by_policy': ['escalation_id', 'policy'],
    'int_health_components__by_client_and_day': ['client_id', 'as_of_on', 'component'],
    'int_health_days': ['as_of_on'],
    'int_health_measures__by_client_and_day': ['client_id', 'as_of_on', 'measure'],
    'int_health_scores__by_client_and_day': ['client_id', 'as_of_on'],
    'int_kpi_events': ['kpi', 'event_id', 'month'],
    'int_margins__by_client_service_line_and_month': ['client_id', 'service_line', 'month'],
    'int_nps_responses__by_period': ['period_kind', 'period_start', 'survey_type', 'client_id', 'respondent_id'],
    'int_okr_measures': ['month', 'am_id', 'metric'],
    'int_opportunities': ['opportunity_id'],
    'int_orders': ['order_id'],
    'int_owners__at_as_of': ['client_id'],
    'int_pipeline__by_client_and_month': ['client_id', 'month'],
    'int_portfolio_clients__by_month': ['client_id', 'month'],
    'int_portfolios__by_am_and_month': ['am_id', 'month'],
    'int_qbrs__by_client_and_quarter': ['client_id', 'quarter_start'],
    'int_renewal_history': ['contract_id'],
    'int_renewal_rates__by_tier_and_band': ['tier', 'health_band'],
    'int_savings__by_client_and_month': ['client_id', 'month'],
    'int_scorecard_actuals': ['month', 'am_id', 'metric'],
    'int_scored_clients__by_day': ['client_id', 'as_of_on'],
    'int_service_events': ['kpi', 'event_id'],
    'int_touch_periods': ['period_kind', 'starts_on'],
    'int_touchpoints__by_client_and_period': ['client_id', 'touchpoint', 'period_kind', 'starts_on']
} -%}
{% for table, columns in keys.items() %}
select
    '{{ table }}: {{ columns | join(', ') }} = '
        || {% for column in columns %}coalesce(cast({{ column }} as string), '(empty)'){% if not loop.last %} || ', ' || {% endif %}{% endfor %}
        || ' stands in ' || cast(count(*) as string) || ' rows' as message
from {{ ref(table) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% if not loop.last %}union all{% endif %}
{% endfor %}
