-- Complete months only: from the first month that any fact touches to the latest whose last day is on or before as_of.
{% set days = [
    ('invoices', 'issued_on'), ('invoice_lines', 'service_start'), ('contracts', 'starts_on'), ('job_orders', 'opened_on'),
    ('placements', 'started_on'), ('projects', 'starts_on'), ('projects', 'due_on'), ('projects', 'delivered_on'),
    ('action_items', 'added_on'), ('programme_tasks', 'issued_on'), ('programme_tasks', 'due_on'), ('savings', 'month'),
] %}
{% set times = [
    ('opportunities', 'created_at'), ('activities', 'happened_at'), ('communications', 'received_at'),
    ('escalations', 'opened_at'), ('support_tickets', 'opened_at'), ('nps_responses', 'responded_at'),
    ('csat_responses', 'responded_at'), ('recruiter_feedback', 'responded_at'),
] %}
with run as (select * from {{ ref('stg_run') }}),

beginnings as (
    {% for entity, column in days %}
    select min({{ column }}) as first_day from {{ ref('stg_' ~ entity) }}
    union all
    {% endfor %}
    {% for entity, column in times %}
    select cast({{ local_day('min(' ~ column ~ ')', 'max(run.company_time_zone)') }} as date) as first_day
    from {{ ref('stg_' ~ entity) }}
    cross join run
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

bounds as (
    select {{ month_start('least(coalesce(min(beginnings.first_day), max(run.last_day)), max(run.last_day))') }} as first_month,
        max(run.last_month) as last_month
    from beginnings
    cross join run
),

months as (
    select {{ month_series('first_month', 'last_month') }} as month from bounds
)

select
    month,
    {{ month_end('month') }} as last_day,
    {{ add_months('month', 1) }} as next_month,
    {{ add_months('month', -1) }} as previous_month,
    {{ quarter_start('month') }} as quarter_start
from months
