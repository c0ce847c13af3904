{% set quarterly = [
    'qbr_completion_rate', 'qbr_executive_rate', 'qbr_deck_rate', 'qbr_actions_rate', 'qbr_follow_up_rate', 'account_plan_rate',
] %}
with targets as (
    select month, kpi, target from {{ policy_by_month('kpi_targets', ['kpi']) }} as policy where target is not null
),

events as (select * from {{ ref('int_kpi_events') }}),

summed as (
    select month, am_id, kpi, sum(numerator) as numerator, sum(denominator) as denominator
    from events
    where am_id is not null
    group by month, am_id, kpi
    union all
    select month, 'company' as am_id, kpi, sum(numerator) as numerator, sum(denominator) as denominator
    from events
    group by month, kpi
),

judged as (
    select
        summed.month,
        summed.am_id,
        summed.kpi,
        summed.numerator,
        summed.denominator,
        -- Compared before any rounding: a mean a hair below its target misses it.
        summed.numerator >= targets.target * cast(summed.denominator as decimal(20, 0)) as is_met
    from summed
    left join targets on targets.month = summed.month and targets.kpi = summed.kpi
    where summed.denominator > 0
),

with_attainment as (
    select month, am_id, kpi, numerator, denominator from judged
    union all
    select
        month,
        am_id,
        'kpi_attainment_rate' as kpi,
        cast(sum(case when is_met then 1 else 0 end) as decimal(28, 6)) as numerator,
        cast(count(*) as decimal(28, 6)) as denominator
    from judged
    where is_met is not null and kpi <> 'kpi_attainment_rate'
    group by month, am_id
),

valued as (
    select
        month,
        am_id,
        kpi,
        numerator,
        denominator,
        {{ from_units(div_round(as_units('numerator', 6) ~ ' * 100000000', as_units('denominator', 6)), 8, 28) }} as value,
        -- A quarterly KPI is compared with the quarter before.
        case when kpi in ('{{ quarterly | join("', '") }}') then {{ add_months('month', -3) }} else {{ add_months('month', -1) }} end
            as previous_month
    from with_attainment
)

select
    cast(valued.month as date) as month,
    cast(valued.am_id as string) as am_id,
    cast(valued.kpi as string) as kpi,
    cast(valued.numerator as decimal(28, 6)) as numerator,
    cast(valued.denominator as decimal(28, 6)) as denominator,
    cast(valued.value as decimal(28, 8)) as value,
    cast(previous.value as decimal(28, 8)) as previous_value,
    cast(targets.target as decimal(18, 6)) as target,
    cast(valued.numerator >= targets.target * cast(valued.denominator as decimal(20, 0)) as boolean) as is_met
from valued
left join targets on targets.month = valued.month and targets.kpi = valued.kpi
left join valued as previous
    on previous.month = valued.previous_month and previous.am_id = valued.am_id and previous.kpi = valued.kpi
