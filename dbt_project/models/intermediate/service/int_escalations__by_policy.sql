-- Each escalation under each policy that held on its opening day. What happened after as_of has not happened yet; a limit at
-- the very end of the as-of day is still to come.
with run as (select * from {{ ref('stg_run') }}),

escalations as (
    select
        escalations.escalation_id,
        links.client_id,
        escalations.severity,
        escalations.opened_at,
        case when escalations.responded_at < run.as_of_end_at then escalations.responded_at end as responded_at,
        case when escalations.resolved_at < run.as_of_end_at then escalations.resolved_at end as resolved_at,
        {{ local_day('escalations.opened_at', 'run.company_time_zone') }} as opened_on,
        run.as_of_end_at,
        run.company_time_zone
    from {{ ref('stg_escalations') }} as escalations
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = escalations.account_id
    inner join run on escalations.opened_at < run.as_of_end_at
),

limited as (
    select
        escalations.*,
        policies.policy,
        -- Whoever resolves has answered.
        coalesce(escalations.responded_at, escalations.resolved_at) as answered_at,
        {{ add_minutes('escalations.opened_at', 'policies.response_minutes') }} as response_due_at,
        {{ add_minutes('escalations.opened_at', 'policies.resolution_minutes') }} as resolution_due_at
    from escalations
    inner join {{ policy_spans('sla_policies', ['policy']) }} as policies
        on policies.severity = escalations.severity
        and policies.valid_from <= escalations.opened_on
        and policies.valid_until > escalations.opened_on
)

select
    limited.escalation_id,
    limited.policy,
    limited.client_id,
    case when months.month is null then present.am_id else owners.am_id end as am_id,
    limited.severity,
    limited.opened_at,
    limited.responded_at,
    limited.resolved_at,
    {{ hours_between('limited.opened_at', 'limited.answered_at') }} as response_hours,
    {{ hours_between('limited.opened_at', 'limited.resolved_at') }} as resolution_hours,
    limited.response_due_at,
    limited.resolution_due_at,
    case
        when limited.answered_at is not null then limited.answered_at < limited.response_due_at
        when limited.response_due_at < limited.as_of_end_at then false
    end as is_response_met,
    case
        when limited.resolved_at is not null then limited.resolved_at < limited.resolution_due_at
        when limited.resolution_due_at < limited.as_of_end_at then false
    end as is_resolution_met,
    limited.opened_on,
    -- An escalation counts once: on the earlier of its end and its limit (least() passes over the empty one).
    {{ local_day('least(limited.answered_at, limited.response_due_at)', 'limited.company_time_zone') }} as response_counts_on,
    {{ local_day('least(limited.resolved_at, limited.resolution_due_at)', 'limited.company_time_zone') }} as resolution_counts_on
from limited
left join {{ ref('int_months') }} as months on months.month = {{ month_start('limited.opened_on') }}
left join {{ ref('int_owners__by_client_and_month') }} as owners
    on owners.client_id = limited.client_id and owners.month = months.month
left join {{ ref('int_owners__at_as_of') }} as present on present.client_id = limited.client_id
