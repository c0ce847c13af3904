-- Every client of the cohort is in exactly one AM's portfolio.
with totals as (
    select month, window_months, segment, sum(start_arr_cc) as start_arr_cc, sum(end_arr_cc) as end_arr_cc, sum(clients_start) as clients
    from {{ ref('rpt_retention') }}
    group by month, window_months, segment
),

company as (select * from totals where segment = 'company')

select totals.segment || ' cohorts of ' || cast(totals.month as varchar) || ' hold ' || cast(totals.clients as varchar)
    || ' clients, the company ' || cast(company.clients as varchar) as message
from totals
inner join company on company.month = totals.month and company.window_months = totals.window_months
where totals.start_arr_cc <> company.start_arr_cc or totals.end_arr_cc <> company.end_arr_cc or totals.clients <> company.clients
