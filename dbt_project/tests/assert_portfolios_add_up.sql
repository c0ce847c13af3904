-- Every client of the cohort is in exactly one AM's portfolio.
with totals as (
    select month, window_months, segment, sum(start_arr_cc) as start_arr_cc, sum(end_arr_cc) as end_arr_cc,
        sum(expansion_cc) as expansion_cc, sum(contraction_cc) as contraction_cc, sum(churn_cc) as churn_cc,
        sum(clients_start) as clients, sum(clients_churned) as clients_churned
    from {{ ref('rpt_retention') }}
    group by month, window_months, segment
),

company as (select * from totals where segment = 'company')

select totals.segment || ' cohorts of ' || cast(totals.month as string) || ' hold ' || cast(totals.clients as string)
    || ' clients, the company ' || cast(company.clients as string) as message
from totals
inner join company on company.month = totals.month and company.window_months = totals.window_months
where totals.start_arr_cc <> company.start_arr_cc or totals.end_arr_cc <> company.end_arr_cc or totals.clients <> company.clients
    or totals.expansion_cc <> company.expansion_cc or totals.contraction_cc <> company.contraction_cc
    or totals.churn_cc <> company.churn_cc or totals.clients_churned <> company.clients_churned
