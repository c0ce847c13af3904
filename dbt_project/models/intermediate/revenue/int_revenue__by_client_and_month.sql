-- Recognised revenue of every type, converted at the grain of fct_revenue and only added here.
with converted as (
    select
        revenue.client_id,
        revenue.month,
        revenue.revenue_local,
        cast(round(revenue.revenue_local * cc.rate, 2) as decimal(18, 2)) as revenue_cc
    from {{ ref('int_revenue__by_cell_and_month') }} as revenue
    left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = revenue.currency
)

select client_id, month, cast(sum(revenue_cc) as decimal(18, 2)) as revenue_cc
from converted
group by client_id, month
having sum(abs(revenue_local)) > 0
