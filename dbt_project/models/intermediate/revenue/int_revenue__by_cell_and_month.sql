-- Grain of fct_revenue before conversion, and the measure behind usage ARR. Empty dimensions stay empty.
select
    lines.client_id,
    revenue.month,
    lines.currency,
    lines.revenue_type,
    lines.service_line,
    lines.division,
    lines.country,
    lines.job_family,
    cast(sum(revenue.revenue_local) as decimal(18, 2)) as revenue_local,
    cast(sum(revenue.quantity) as decimal(28, 6)) as quantity
from {{ ref('int_revenue__by_line_and_month') }} as revenue
inner join {{ ref('int_invoice_lines') }} as lines on lines.line_key = revenue.line_key
group by
    lines.client_id, revenue.month, lines.currency, lines.revenue_type,
    lines.service_line, lines.division, lines.country, lines.job_family
