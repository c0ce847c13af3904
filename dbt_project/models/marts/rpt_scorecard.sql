-- An AM with at least one metric measured in a month has a row for every metric of that month's scorecard; what could not be
-- measured is empty, never 0.
with weights as (select metric, weight, target, month from {{ policy_by_month('scorecard_weights', ['metric']) }} as policy),

caps as (
    select month, value as cap from {{ policy_by_month('parameters', ['parameter']) }} as parameters
    where parameter = 'attainment_cap'
),

actuals as (select * from {{ ref('int_scorecard_actuals') }} where actual is not null),

measured as (
    select distinct actuals.month, actuals.am_id
    from actuals
    inner join weights on weights.month = actuals.month and weights.metric = actuals.metric
),

attained as (
    select
        measured.month,
        measured.am_id,
        weights.metric,
        weights.weight,
        weights.target,
        actuals.actual,
        case
            when actuals.actual is null then null
            else least(greatest({{ precise_quotient('actuals.actual', 'weights.target') }}, 0), caps.cap)
        end as attainment
    from measured
    inner join weights on weights.month = measured.month
    inner join caps on caps.month = measured.month
    left join actuals
        on actuals.month = measured.month and actuals.am_id = measured.am_id and actuals.metric = weights.metric
)

select
    month,
    am_id,
    metric,
    weight,
    target,
    cast(actual as decimal(28, 12)) as actual,
    cast(attainment as decimal(28, 12)) as attainment,
    cast(round(cast(attainment as decimal(20, 12)) * weight, 12) as decimal(28, 12)) as points
from attained
