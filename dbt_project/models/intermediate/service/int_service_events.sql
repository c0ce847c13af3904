-- One row a KPI and event that is decided: the day it counts on (its due day; without one, the day it ended) and whether the
-- limit was met. Limits met to the day or second are met; those of escalations and communications are strict (see there).
{% set registry_days = [30, 60] %}  {# the KPIs' names: action_registry_30d_rate, action_registry_60d_rate #}
with run as (select * from {{ ref('stg_run') }}),

links as (select * from {{ ref('int_clients__by_account') }}),

activities as (
    select
        activities.activity_id,
        activities.client_id,
        activities.logged_at,
        {{ add_microseconds('activities.happened_at', hours_as_microseconds('hours.value')) }} as due_at
    from {{ ref('int_activities') }} as activities
    inner join {{ parameter_spans('crm_logging_hours') }} as hours
        on hours.valid_from <= activities.happened_on and hours.valid_until > activities.happened_on
    where activities.logged_at is not null
),

tickets as (
    select
        tickets.ticket_id,
        links.client_id,
        case when tickets.responded_at < run.as_of_end_at then tickets.responded_at end as responded_at,
        -- A century is as good as never, and inside what a timestamp holds.
        {{ add_microseconds('tickets.opened_at', hours_as_microseconds('least(greatest(tickets.sla_response_hours, 0), 876600)')) }} as due_at
    from {{ ref('stg_support_tickets') }} as tickets
    inner join links on links.account_id = tickets.account_id
    inner join run on tickets.opened_at < run.as_of_end_at
    where tickets.sla_response_hours is not null
),

projects as (
    select
        projects.project_id,
        links.client_id,
        projects.due_on,
        case when projects.delivered_on <= run.as_of_on then projects.delivered_on end as delivered_on,
        projects.budget,
        projects.actual_cost,
        coalesce(projects.is_active, true) as is_active
    from {{ ref('stg_projects') }} as projects
    inner join links on links.account_id = projects.account_id
    cross join run
),

items as (
    select items.item_id, links.client_id, items.added_on, case when items.closed_on <= run.as_of_on then items.closed_on end as closed_on
    from {{ ref('stg_action_items') }} as items
    inner join links on links.account_id = items.account_id
    inner join run on items.added_on <= run.as_of_on
),

tasks as (
    select
        tasks.task_id,
        links.client_id,
        tasks.kind,
        tasks.due_on,
        case when tasks.acknowledged_on <= run.as_of_on then tasks.acknowledged_on end as acknowledged_on,
        case when tasks.done_on <= run.as_of_on then tasks.done_on end as done_on
    from {{ ref('stg_programme_tasks') }} as tasks
    inner join links on links.account_id = tasks.account_id
    inner join run on tasks.issued_on <= run.as_of_on
)

select 'escalation_response_rate' as kpi, 'escalations' as entity, escalation_id as event_id, client_id, response_counts_on as counts_on,
    is_response_met as is_met
from {{ ref('int_escalations__by_policy') }}
where policy = 'severity_matrix' and is_response_met is not null
union all
select 'escalation_resolution_rate' as kpi, 'escalations' as entity, escalation_id as event_id, client_id,
    resolution_counts_on as counts_on, is_resolution_met as is_met
from {{ ref('int_escalations__by_policy') }}
where policy = 'severity_matrix' and is_resolution_met is not null
union all
select case when kind = 'email' then 'communication_response_rate' else 'meeting_request_rate' end as kpi, 'communications' as entity,
    communication_id as event_id, client_id, counts_on, is_met
from {{ ref('int_communications') }}
where is_met is not null
union all
select 'crm_hygiene_rate' as kpi, 'activities' as entity, activity_id as event_id, client_id,
    {{ local_day('due_at', 'run.company_time_zone') }} as counts_on, logged_at <= due_at as is_met
from activities
cross join run
union all
select 'support_sla_rate' as kpi, 'support_tickets' as entity, ticket_id as event_id, client_id,
    {{ local_day('due_at', 'run.company_time_zone') }} as counts_on, coalesce(responded_at <= due_at, false) as is_met
from tickets
cross join run
union all
select 'delivery_on_time_rate' as kpi, 'projects' as entity, project_id as event_id, client_id, due_on as counts_on,
    coalesce(delivered_on <= due_on, false) as is_met
from projects
where due_on is not null and (is_active or delivered_on is not null)
union all
select 'delivery_in_budget_rate' as kpi, 'projects' as entity, project_id as event_id, client_id, delivered_on as counts_on,
    actual_cost <= budget as is_met
from projects
where delivered_on is not null and actual_cost is not null and budget is not null
union all
select 'order_fulfilment_rate' as kpi, 'job_orders' as entity, order_id as event_id, client_id, due_on as counts_on,
    coalesce(filled_on <= due_on, false) as is_met
from {{ ref('int_orders') }}
union all
{% for days in registry_days %}
select 'action_registry_{{ days }}d_rate' as kpi, 'action_items' as entity, item_id as event_id, client_id,
    {{ add_days('added_on', days) }} as counts_on, coalesce(closed_on <= {{ add_days('added_on', days) }}, false) as is_met
from items
union all
{% endfor %}
select 'bcp_on_time_rate' as kpi, 'programme_tasks' as entity, task_id as event_id, client_id, due_on as counts_on,
    coalesce(done_on <= due_on, false) as is_met
from tasks
where kind = 'bcp'
union all
select 'programme_acknowledged_rate' as kpi, 'programme_tasks' as entity, task_id as event_id, client_id, due_on as counts_on,
    coalesce(acknowledged_on <= due_on, false) as is_met
from tasks
where kind = 'programme_update'
union all
select 'programme_done_rate' as kpi, 'programme_tasks' as entity, task_id as event_id, client_id, due_on as counts_on,
    coalesce(done_on <= due_on, false) as is_met
from tasks
where kind = 'programme_update'
union all
select 'qbr_completion_rate' as kpi, 'qbrs' as entity, client_id || ' ' || cast(quarter_start as string) as event_id, client_id, counts_on,
    is_completed as is_met
from {{ ref('int_qbrs__by_client_and_quarter') }}
where is_due
union all
{% for kpi, mark in {
    'qbr_executive_rate': 'executive_attended', 'qbr_deck_rate': 'deck_on_time', 'qbr_actions_rate': 'actions_logged',
    'qbr_follow_up_rate': 'follow_up_on_time',
}.items() %}
select '{{ kpi }}' as kpi, 'qbrs' as entity, client_id || ' ' || cast(quarter_start as string) as event_id, client_id, counts_on,
    {{ mark }} as is_met
from {{ ref('int_qbrs__by_client_and_quarter') }}
where is_completed and {{ mark }} is not null
union all
{% endfor %}
select 'touchpoint_rate' as kpi, 'touchpoints' as entity,
    client_id || ' ' || touchpoint || ' ' || period_kind || ' ' || cast(starts_on as string) as event_id, client_id,
    ends_on as counts_on, activities > 0 as is_met
from {{ ref('int_touchpoints__by_client_and_period') }}
