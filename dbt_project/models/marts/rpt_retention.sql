{% set segments = {
    'company': "'all'", 'am': "coalesce(am_id, 'unassigned')", 'tier': 'tier', 'region': 'region_segment',
    'industry': 'industry_segment', 'currency': 'currency_segment',
} %}
-- Where the loss came as a surprise: the window of 3 months begins when the health score, too, was taken.
with health as (
    select client_id, month, health_band from {{ ref('int_health_scores__by_client_and_day') }} where is_month_end
),

cohorts as (
    select cohorts.*, coalesce(health.health_band = 'green', false) as was_green
    from {{ ref('int_retention_cohorts') }} as cohorts
    left join health on health.client_id = cohorts.client_id and health.month = cohorts.start_month
),

segmented as (
    {% for segment, value in segments.items() %}
    select cohorts.*, '{{ segment }}' as segment, {{ value }} as segment_value from cohorts
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

summed as (
    select
        month,
        window_months,
        segment,
        segment_value,
        cast(count(*) as bigint) as clients_start,
        cast(sum(case when end_arr_cc = 0 then 1 else 0 end) as bigint) as clients_churned,
        cast(sum(start_arr_cc) as decimal(18, 2)) as start_arr_cc,
        cast(sum(expansion_cc) as decimal(18, 2)) as expansion_cc,
        cast(sum(contraction_cc) as decimal(18, 2)) as contraction_cc,
        cast(sum(churn_cc) as decimal(18, 2)) as churn_cc,
        cast(sum(case when was_green then contraction_cc + churn_cc else 0 end) as decimal(18, 2)) as surprise_loss_cc,
        cast(sum(end_arr_cc) as decimal(18, 2)) as end_arr_cc,
        cast(sum(start_arr_reported) as decimal(18, 2)) as start_arr_reported,
        cast(sum(end_arr_reported) as decimal(18, 2)) as end_arr_reported,
        cast(sum(kept_arr_reported) as decimal(18, 2)) as kept_arr_reported,
        cast(sum(case when am_id_at_start <> am_id or (am_id is null and am_id_at_start is not null) then start_arr_cc else 0 end)
            as decimal(18, 2)) as inherited_start_arr_cc
    from segmented
    group by month, window_months, segment, segment_value
),

rated as (
    select
        *,
        {{ ratio('end_arr_cc', 'start_arr_cc') }} as nrr_cc,
        {{ ratio('start_arr_cc - contraction_cc - churn_cc', 'start_arr_cc') }} as grr_cc,
        {{ ratio('end_arr_reported', 'start_arr_reported') }} as nrr_reported,
        {{ ratio('kept_arr_reported', 'start_arr_reported') }} as grr_reported
    from summed
)

select
    rated.month,
    cast(rated.window_months as integer) as window_months,
    rated.segment,
    rated.segment_value,
    rated.clients_start,
    rated.clients_churned,
    rated.start_arr_cc,
    rated.expansion_cc,
    rated.contraction_cc,
    rated.churn_cc,
    rated.end_arr_cc,
    rated.nrr_cc,
    rated.grr_cc,
    rated.start_arr_reported,
    rated.end_arr_reported,
    rated.nrr_reported,
    rated.grr_reported,
    cast((rated.nrr_reported - rated.nrr_cc) * 100 as decimal(28, 8)) as fx_effect_pp,
    {{ ratio('rated.clients_churned', 'rated.clients_start') }} as logo_churn_rate,
    {{ ratio('rated.churn_cc', 'rated.start_arr_cc') }} as revenue_churn_rate,
    {{ ratio('rated.expansion_cc', 'rated.start_arr_cc') }} as expansion_rate,
    case
        when rated.window_months = 3 then {{ ratio('rated.surprise_loss_cc', 'rated.contraction_cc + rated.churn_cc') }}
    end as surprise_churn_rate,
    case when rated.segment = 'am' then rated.inherited_start_arr_cc end as inherited_start_arr_cc,
    fair.handover_fair_nrr_cc
from rated
left join {{ ref('int_handover_fair_nrr') }} as fair
    -- Not `rated.segment = 'am' and ...`: a condition on one side only would make the join compare every pair of rows.
    on fair.am_id = case when rated.segment = 'am' then rated.segment_value end
    and fair.month = rated.month
    and fair.window_months = rated.window_months
