-- Issue frequency: escalations opened in the window, and those of any age open at D past their limit of resolution. A limit at
-- exactly the end of D belongs to the day after; the policy is that of the opening day.
with run as (select * from {{ ref('stg_run') }}),

scored as (select * from {{ ref('int_scored_clients__by_day') }}),

escalations as (
    select
        limits.client_id,
        limits.opened_on,
        {{ local_day('limits.resolved_at', 'run.company_time_zone') }} as resolved_on,
        {{ local_day('limits.resolution_due_at', 'run.company_time_zone') }} as limit_on
    from {{ ref('int_escalations__by_policy') }} as limits
    cross join run
    where limits.policy = 'severity_matrix'
),

connection as (select min(opened_on) as first_on from escalations),

raised as (
    select
        scored.client_id,
        scored.as_of_on,
        sum(case when escalations.opened_on >= scored.escalations_from then 1 else 0 end) as escalations,
        sum(case
            when (escalations.resolved_on is null or escalations.resolved_on > scored.as_of_on)
                and escalations.limit_on <= scored.as_of_on then 1
            else 0
        end) as overdue_escalations
    from scored
    inner join escalations on escalations.client_id = scored.client_id and escalations.opened_on <= scored.as_of_on
    group by scored.client_id, scored.as_of_on
),

counted as (
    select
        scored.client_id,
        scored.as_of_on,
        coalesce(raised.escalations, 0) as escalations,
        coalesce(raised.overdue_escalations, 0) as overdue_escalations,
        case
            when connection.first_on is null or connection.first_on > scored.as_of_on then 'escalations not connected'
        end as not_scored_reason
    from scored
    cross join connection
    left join raised on raised.client_id = scored.client_id and raised.as_of_on = scored.as_of_on
)

select client_id, as_of_on, 'issue' as component, 'escalations' as measure, escalations as numerator, 1 as denominator,
    not_scored_reason
from counted
union all
select client_id, as_of_on, 'issue' as component, 'overdue_escalations' as measure, overdue_escalations as numerator,
    1 as denominator, not_scored_reason
from counted
