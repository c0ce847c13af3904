-- The mart's revenue is what the lines recognise, month by month: a join that loses or doubles a line shows here.
with allocated as (
    select revenue.month, lines.currency, sum(revenue.revenue_local) as revenue_local
    from {{ ref('int_revenue__by_line_and_month') }} as revenue
    inner join {{ ref('int_invoice_lines') }} as lines on lines.line_key = revenue.line_key
    group by revenue.month, lines.currency
),

published as (
    select month, currency, sum(revenue_local) as revenue_local from {{ ref('fct_revenue') }} group by month, currency
)

select 'revenue of ' || cast(coalesce(published.month, allocated.month) as string) || ' in '
    || coalesce(published.currency, allocated.currency) || ' is ' || coalesce(cast(published.revenue_local as string), 'none')
    || ', its lines recognise ' || coalesce(cast(allocated.revenue_local as string), 'nothing') as message
from allocated
full outer join published on published.month = allocated.month and published.currency = allocated.currency
where coalesce(published.revenue_local, 0) <> coalesce(allocated.revenue_local, 0)
