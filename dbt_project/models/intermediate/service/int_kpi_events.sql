-- The rows behind every KPI: one a KPI and event (or client at the month's end), in its complete month, with the owner at that
-- month's end. A KPI is the sum of numerators over the sum of denominators, nothing else.
with months as (select * from {{ ref('int_months') }}),

run as (select * from {{ ref('stg_run') }}),

met_or_missed as (
    select kpi, entity, event_id, client_id, counts_on, is_met from {{ ref('int_service_events') }}
    union all
    select kpi, entity, client_id as event_id, client_id, counts_on, is_met from {{ ref('int_client_states__by_month') }}
    union all
    select 'green_rate' as kpi, 'client_health' as entity, scores.client_id as event_id, scores.client_id, months.last_day as counts_on,
        scores.health_band = 'green' as is_met
    from {{ ref('int_health_scores__by_client_and_day') }} as scores
    inner join months on months.last_day = scores.as_of_on
    where scores.health_band <> 'unknown'
),

of_clients as (
    select kpi, entity, event_id, client_id, counts_on, case when is_met then 1 else 0 end as numerator from met_or_missed
    union all
    select 'csat_mean' as kpi, 'csat_responses' as entity, response_id as event_id, client_id, responded_on as counts_on, score as numerator
    from {{ ref('int_csat_responses') }}
),

-- Recruiters speak about an AM, whoever owns which client.
of_managers as (
    select
        'recruiter_feedback_mean' as kpi,
        'recruiter_feedback' as entity,
        feedback.response_id as event_id,
        feedback.user_id as am_id,
        {{ local_day('feedback.responded_at', 'run.company_time_zone') }} as counts_on,
        feedback.score as numerator
    from {{ ref('stg_recruiter_feedback') }} as feedback
    cross join run
)

select
    of_clients.kpi,
    months.month,
    owners.am_id,
    of_clients.client_id,
    of_clients.entity,
    of_clients.event_id,
    of_clients.counts_on,
    cast(of_clients.numerator as decimal(28, 6)) as numerator,
    cast(1 as decimal(28, 6)) as denominator
from of_clients
inner join months on months.month = {{ month_start('of_clients.counts_on') }}
left join {{ ref('int_owners__by_client_and_month') }} as owners
    on owners.client_id = of_clients.client_id and owners.month = months.month
union all
select
    of_managers.kpi,
    months.month,
    of_managers.am_id,
    cast(null as string) as client_id,
    of_managers.entity,
    of_managers.event_id,
    of_managers.counts_on,
    cast(of_managers.numerator as decimal(28, 6)) as numerator,
    cast(1 as decimal(28, 6)) as denominator
from of_managers
inner join months on months.month = {{ month_start('of_managers.counts_on') }}
