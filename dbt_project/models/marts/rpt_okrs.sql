with goals as (
    select
        targets.quarter as quarter_start,
        targets.user_id as am_id,
        targets.objective,
        targets.metric,
        targets.target,
        metrics.is_lower_better,
        least({{ add_months('targets.quarter', 2) }}, run.last_month) as to_month,
        case
            when metrics.is_quarter_sum then targets.quarter else least({{ add_months('targets.quarter', 2) }}, run.last_month)
        end as from_month
    from {{ ref('stg_targets') }} as targets
    inner join {{ policy_at_as_of('okr_metrics', ['metric']) }} as metrics on metrics.metric = targets.metric
    cross join {{ ref('stg_run') }} as run
    where targets.quarter <= run.as_of_on
),

measured as (
    select
        goals.quarter_start,
        goals.am_id,
        goals.metric,
        {{ precise_ratio('sum(measures.numerator)', 'sum(measures.denominator)') }} as actual
    from goals
    inner join {{ ref('int_okr_measures') }} as measures
        on measures.am_id = goals.am_id
        and measures.metric = goals.metric
        and measures.month >= goals.quarter_start
        and measures.month >= goals.from_month
        and measures.month <= goals.to_month
    group by goals.quarter_start, goals.am_id, goals.metric
),

compared as (
    select
        goals.*,
        measured.actual,
        case
            when goals.is_lower_better and measured.actual <= 0 then 1
            when goals.is_lower_better then {{ precise_ratio('goals.target', 'measured.actual') }}
            else {{ precise_ratio('measured.actual', 'goals.target') }}
        end as reached
    from goals
    left join measured
        on measured.quarter_start = goals.quarter_start and measured.am_id = goals.am_id and measured.metric = goals.metric
)

select
    quarter_start,
    am_id,
    objective,
    metric,
    cast(target as decimal(28, 8)) as target,
    cast(actual as decimal(28, 8)) as actual,
    cast(case when reached is not null then least(greatest(reached, 0), 1) end as decimal(28, 8)) as progress,
    is_lower_better
from compared
