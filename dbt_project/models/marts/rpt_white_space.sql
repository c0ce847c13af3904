with run as (select * from {{ ref('stg_run') }}),

sold as (
    select
        revenue.client_id,
        coalesce(revenue.division, 'unknown') as division,
        coalesce(revenue.country, 'unknown') as country,
        coalesce(revenue.service_line, 'unknown') as service_line,
        sum(revenue.revenue_cc) as revenue_cc
    from {{ ref('fct_revenue') }} as revenue
    cross join run
    where revenue.month > {{ add_months('run.last_month', -12) }} and revenue.month <= run.last_month
    group by
        revenue.client_id, coalesce(revenue.division, 'unknown'), coalesce(revenue.country, 'unknown'),
        coalesce(revenue.service_line, 'unknown')
    having sum(revenue.revenue_cc) > 0
),

clients as (
    select client_id from sold
    union
    select arr.client_id
    from {{ ref('int_arr__by_client_and_month') }} as arr
    cross join run
    where arr.month = run.last_month and arr.arr_cc > 0
),

cells as (select distinct division, country, service_line from sold)

select
    clients.client_id,
    cells.division,
    cells.country,
    cells.service_line,
    sold.client_id is not null as has_revenue,
    cast(coalesce(sold.revenue_cc, 0) as decimal(18, 2)) as revenue_12m_cc
from clients
cross join cells
left join sold
    on sold.client_id = clients.client_id
    and sold.division = cells.division
    and sold.country = cells.country
    and sold.service_line = cells.service_line
