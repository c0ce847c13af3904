-- Each touchpoint due of each client: by its tier and ARR at the last month end before the period, under the plan in force in
-- the month of the period's last day.
{% set period_starts = {
    'week': week_start('happened_on'), 'two_weeks': two_weeks_start('happened_on'), 'month': month_start('happened_on'),
    'quarter': quarter_start('happened_on'), 'half_year': half_year_start('happened_on'),
} %}
with plans as (
    select month, tier, touchpoint, period_kind, activity_type
    from {{ policy_by_month('touchpoint_plans', ['tier']) }} as policy
),

due as (
    select
        arr.client_id,
        plans.touchpoint,
        periods.period_kind,
        periods.starts_on,
        periods.ends_on,
        periods.month,
        tiers.tier,
        plans.activity_type
    from {{ ref('int_touch_periods') }} as periods
    inner join plans on plans.month = periods.month and plans.period_kind = periods.period_kind
    inner join {{ ref('int_tiers__by_client_and_month') }} as tiers
        on tiers.month = periods.month_before and tiers.tier = plans.tier
    inner join {{ ref('int_arr__by_client_and_month') }} as arr
        on arr.client_id = tiers.client_id and arr.month = tiers.month and arr.arr_cc > 0
),

activities as (
    select client_id, activity_type, activity_id, happened_on
    from {{ ref('int_activities') }}
    where is_held and activity_type in (select activity_type from {{ ref('touchpoint_plans') }})
),

placed as (
    {% for period_kind, starts_on in period_starts.items() %}
    select client_id, activity_type, activity_id, '{{ period_kind }}' as period_kind, {{ starts_on }} as starts_on from activities
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

touches as (
    select client_id, activity_type, period_kind, starts_on, cast(count(*) as bigint) as activities, min(activity_id) as activity_id
    from placed
    group by client_id, activity_type, period_kind, starts_on
)

select
    due.client_id,
    due.touchpoint,
    due.period_kind,
    due.starts_on,
    due.ends_on,
    due.month,
    due.tier,
    cast(coalesce(sum(touches.activities), 0) as bigint) as activities,
    min(touches.activity_id) as activity_id
from due
left join touches
    on touches.client_id = due.client_id
    and touches.activity_type = due.activity_type
    and touches.period_kind = due.period_kind
    and touches.starts_on = due.starts_on
group by due.client_id, due.touchpoint, due.period_kind, due.starts_on, due.ends_on, due.month, due.tier
