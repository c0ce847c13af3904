-- One row a client, month M and window k: ARR at both ends for the clients that had ARR at M-k, with the segments they count in.
with arr as (select * from {{ ref('int_arr__by_client_and_month') }}),

windows as (
    {% for k in [1, 3, 12] %}select {{ k }} as window_months{% if not loop.last %} union all {% endif %}{% endfor %}
),

starts as (
    select
        arr.client_id,
        windows.window_months,
        arr.month as start_month,
        {{ add_months('arr.month', 'windows.window_months') }} as month,
        arr.arr_cc as start_arr_cc,
        arr.arr_reported as start_arr_reported
    from arr
    cross join windows
    where arr.arr_cc > 0
)

select
    starts.client_id,
    starts.month,
    starts.start_month,
    starts.window_months,
    starts.start_arr_cc,
    starts.start_arr_reported,
    ends.arr_cc as end_arr_cc,
    ends.arr_reported as end_arr_reported,
    cast(greatest(ends.arr_cc - starts.start_arr_cc, 0) as decimal(18, 2)) as expansion_cc,
    cast(case when ends.arr_cc > 0 then greatest(starts.start_arr_cc - ends.arr_cc, 0) else 0 end as decimal(18, 2)) as contraction_cc,
    cast(case when ends.arr_cc = 0 then starts.start_arr_cc else 0 end as decimal(18, 2)) as churn_cc,
    cast(least(starts.start_arr_reported, ends.arr_reported) as decimal(18, 2)) as kept_arr_reported,
    case when ends.arr_cc = 0 then owners_at_churn.am_id else owners_at_end.am_id end as am_id,
    owners_at_start.am_id as am_id_at_start,
    coalesce(tiers.tier, 'tail') as tier,
    clients.region_segment,
    clients.industry_segment,
    clients.currency_segment
from starts
inner join arr as ends on ends.client_id = starts.client_id and ends.month = starts.month
inner join {{ ref('int_clients') }} as clients on clients.client_id = starts.client_id
left join {{ ref('int_owners__by_client_and_month') }} as owners_at_start
    on owners_at_start.client_id = starts.client_id and owners_at_start.month = starts.start_month
left join {{ ref('int_owners__by_client_and_month') }} as owners_at_end
    on owners_at_end.client_id = starts.client_id and owners_at_end.month = starts.month
left join {{ ref('int_owners__by_client_and_month') }} as owners_at_churn
    on owners_at_churn.client_id = starts.client_id
    and owners_at_churn.month = {{ add_months('ends.last_churn_month', -1) }}
left join {{ ref('int_tiers__by_client_and_month') }} as tiers
    on tiers.client_id = starts.client_id and tiers.month = starts.start_month
