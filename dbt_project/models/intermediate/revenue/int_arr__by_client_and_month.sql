-- Dense from each client's first month with ARR to the latest complete month, zeros included. last_churn_month: the latest
-- churn up to and with the month.
with ends as (
    select client_id, month, sum(end_cc) as arr_cc, sum(end_reported) as arr_reported
    from {{ ref('int_arr_changes__by_client_currency_and_month') }}
    group by client_id, month
),

spans as (select client_id, min(month) as first_arr_month from ends where arr_cc > 0 group by client_id),

dense as (
    select
        spans.client_id,
        spans.first_arr_month,
        calendar.month,
        cast(coalesce(ends.arr_cc, 0) as decimal(18, 2)) as arr_cc,
        cast(coalesce(ends.arr_reported, 0) as decimal(18, 2)) as arr_reported
    from spans
    inner join {{ ref('int_calendar') }} as calendar on calendar.month >= spans.first_arr_month
    left join ends on ends.client_id = spans.client_id and ends.month = calendar.month
),

with_previous as (
    select *, lag(arr_cc, 1, 0) over (partition by client_id order by month asc nulls last) as previous_arr_cc
    from dense
)

select
    client_id,
    month,
    first_arr_month,
    arr_cc,
    arr_reported,
    cast(previous_arr_cc as decimal(18, 2)) as previous_arr_cc,
    max(case when previous_arr_cc > 0 and arr_cc = 0 then month end) over (
        partition by client_id order by month asc nulls last rows between unbounded preceding and current row
    ) as last_churn_month
from with_previous
