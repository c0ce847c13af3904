select
    revenue.client_id,
    revenue.month,
    revenue.currency,
    revenue.revenue_type,
    revenue.service_line,
    revenue.division,
    revenue.country,
    revenue.job_family,
    cast(revenue.revenue_local as decimal(18, 2)) as revenue_local,
    cast(round(revenue.revenue_local * cc.rate, 2) as decimal(18, 2)) as revenue_cc,
    cast(round(revenue.revenue_local * monthly.rate, 2) as decimal(18, 2)) as revenue_reported
from {{ ref('int_revenue__by_cell_and_month') }} as revenue
left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = revenue.currency
left join {{ ref('int_fx_rates__by_month') }} as monthly
    on monthly.currency = revenue.currency and monthly.month = revenue.month
