-- How well the score of three months ago told who would lose ARR.
with starts as (
    select client_id, as_of_on, health_score, health_band, month as start_month, {{ add_months('month', 3) }} as month
    from {{ ref('int_health_scores__by_client_and_day') }}
    where is_month_end
),

outcomes as (
    select starts.*, case when ends.arr_cc < beginnings.arr_cc then 1 else 0 end as lost
    from starts
    inner join {{ ref('int_arr__by_client_and_month') }} as beginnings
        on beginnings.client_id = starts.client_id and beginnings.month = starts.start_month
    inner join {{ ref('int_arr__by_client_and_month') }} as ends
        on ends.client_id = starts.client_id and ends.month = starts.month
),

bucketed as (
    select month, 'health_band' as measure, health_band as bucket, lost from outcomes
    union all
    select month, 'health_score' as measure, 'all' as bucket, lost from outcomes
    union all
    select outcomes.month, components.component || '_points' as measure,
        coalesce(cast(components.points as string), 'not_scored') as bucket, outcomes.lost
    from outcomes
    inner join {{ ref('int_health_components__by_client_and_day') }} as components
        on components.client_id = outcomes.client_id and components.as_of_on = outcomes.as_of_on
),

counted as (
    select month, measure, bucket, count(*) as clients, sum(lost) as lost_clients
    from bucketed
    group by month, measure, bucket
),

by_score as (
    select month, health_score, sum(lost) as lost, sum(1 - lost) as kept
    from outcomes
    where health_score is not null
    group by month, health_score
),

-- Pairs of a kept and a lost client: twice the won ones and once the ties, over twice them all.
pairs as (
    select
        kept.month,
        sum(kept.kept * lost.lost * case
            when kept.health_score > lost.health_score then 2 when kept.health_score = lost.health_score then 1 else 0
        end) as half_wins,
        2 * sum(kept.kept * lost.lost) as halves
    from by_score as kept
    inner join by_score as lost on lost.month = kept.month
    group by kept.month
)

select
    counted.month,
    cast(counted.measure as string) as measure,
    cast(counted.bucket as string) as bucket,
    cast(counted.clients as bigint) as clients,
    cast(counted.lost_clients as bigint) as lost_clients,
    {{ ratio('counted.lost_clients', 'counted.clients') }} as loss_rate,
    case when counted.measure = 'health_score' then {{ ratio('pairs.half_wins', 'pairs.halves') }} end as auc
from counted
left join pairs on pairs.month = counted.month
