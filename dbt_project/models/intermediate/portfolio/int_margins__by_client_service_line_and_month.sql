-- Revenue and cost of the lines that name their cost; a line without one says nothing about margin. Converted at the grain of
-- fct_revenue and only added here.
with costs as (select * from {{ ref('int_costs__by_line_and_month') }}),

cells as (
    select
        lines.client_id,
        costs.month,
        lines.currency,
        lines.revenue_type,
        lines.service_line,
        lines.division,
        lines.country,
        lines.job_family,
        sum(revenue.revenue_local) as revenue_local,
        sum(costs.cost_local) as cost_local
    from costs
    inner join {{ ref('int_revenue__by_line_and_month') }} as revenue
        on revenue.line_key = costs.line_key and revenue.month = costs.month
    inner join {{ ref('int_invoice_lines') }} as lines on lines.line_key = costs.line_key
    group by
        lines.client_id, costs.month, lines.currency, lines.revenue_type,
        lines.service_line, lines.division, lines.country, lines.job_family
)

select
    cells.client_id,
    cells.month,
    coalesce(cells.service_line, 'unknown') as service_line,
    cast(sum(round(cells.revenue_local * cc.rate, 2)) as decimal(18, 2)) as costed_revenue_cc,
    cast(sum(round(cells.cost_local * cc.rate, 2)) as decimal(18, 2)) as cost_cc
from cells
left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = cells.currency
group by cells.client_id, cells.month, coalesce(cells.service_line, 'unknown')
