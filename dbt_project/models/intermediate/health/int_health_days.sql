-- The days D that health is measured on: the last day of every complete month, and the run's. With each the windows that end with
-- it, by the policy in force on it: the last N days are the N that end with D, the last n months start n before D + 1.
{% set rules = [
    'health_hiring_months', 'health_payment_days', 'health_payment_term_days', 'health_nps_days', 'health_sponsor_days',
    'health_contact_days', 'health_escalation_days', 'health_minimum_coverage_rate',
] %}
with days as (
    select last_day as as_of_on, month from {{ ref('int_months') }}
    union
    select as_of_on, last_month as month from {{ ref('stg_run') }}
),

parameters as (select * from {{ policy_spans('parameters', ['parameter']) }} as parameters),

ruled as (
    select
        days.as_of_on,
        days.month,
        {% for rule in rules %}
        max(case when parameters.parameter = '{{ rule }}' then parameters.value end) as {{ rule }}{% if not loop.last %},{% endif %}

        {% endfor %}
    from days
    inner join parameters on parameters.valid_from <= days.as_of_on and parameters.valid_until > days.as_of_on
    group by days.as_of_on, days.month
)

select
    as_of_on,
    month,
    as_of_on = {{ month_end('month') }} as is_month_end,
    cast(health_hiring_months as integer) as hiring_months,
    {{ add_months(add_days('as_of_on', 1), '-health_hiring_months') }} as placements_from,
    {{ add_days('as_of_on', '1 - health_payment_days') }} as invoices_from,
    cast(health_payment_term_days as integer) as payment_term_days,
    {{ add_days('as_of_on', '1 - health_nps_days') }} as responses_from,
    {{ add_days('as_of_on', '1 - health_sponsor_days') }} as sponsor_from,
    {{ add_days('as_of_on', '1 - health_contact_days') }} as contacts_from,
    {{ add_days('as_of_on', '1 - health_escalation_days') }} as escalations_from,
    cast(health_minimum_coverage_rate as decimal(18, 6)) as minimum_coverage_rate
from ruled
