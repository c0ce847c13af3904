-- Who is scored: clients with ARR at the end of the month; on the run's day, at the end of the last complete one.
select
    arr.client_id,
    days.as_of_on,
    days.month,
    days.is_month_end,
    days.hiring_months,
    days.placements_from,
    days.invoices_from,
    days.payment_term_days,
    days.responses_from,
    days.sponsor_from,
    days.contacts_from,
    days.escalations_from,
    days.minimum_coverage_rate
from {{ ref('int_arr__by_client_and_month') }} as arr
inner join {{ ref('int_health_days') }} as days on days.month = arr.month
where arr.arr_cc > 0
