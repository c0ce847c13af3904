-- Clients with ARR at the end of the month: what an AM's load and the portfolio targets count.
select
    arr.client_id,
    arr.month,
    owners.am_id,
    coalesce(tiers.tier, 'tail') as tier,
    arr.arr_cc,
    coalesce(tiers.revenue_12m_cc, cast(0 as decimal(18, 2))) as revenue_12m_cc
from {{ ref('int_arr__by_client_and_month') }} as arr
left join {{ ref('int_owners__by_client_and_month') }} as owners on owners.client_id = arr.client_id and owners.month = arr.month
left join {{ ref('int_tiers__by_client_and_month') }} as tiers on tiers.client_id = arr.client_id and tiers.month = arr.month
where arr.arr_cc > 0
