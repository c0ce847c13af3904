-- Rounded once, here; never below 0 (is_floored says where a credit took more than there was: a finding).
with summed as (
    select
        client_id,
        month,
        currency,
        round(sum(arr_local), 2) as raw_arr_local,
        round(sum(case when revenue_type = 'recurring' then arr_local else 0 end), 2) as recurring_arr_local,
        round(sum(case when revenue_type = 'usage' then arr_local else 0 end), 2) as usage_arr_local,
        bool_or(is_provisional) as is_provisional
    from {{ ref('int_arr__by_cell_and_month') }}
    group by client_id, month, currency
)

select
    client_id,
    month,
    currency,
    cast(greatest(raw_arr_local, 0) as decimal(18, 2)) as arr_local,
    cast(recurring_arr_local as decimal(18, 2)) as recurring_arr_local,
    cast(usage_arr_local as decimal(18, 2)) as usage_arr_local,
    is_provisional,
    raw_arr_local < 0 as is_floored
from summed
