-- Month-end KPIs of clients with ARR: account plans (once a quarter) and support coverage. A client is covered where every one
-- of its support accounts has an arrangement in force on the month's last day. A plan's update is no meeting: `is_held` says
-- nothing of it.
with arr as (
    select arr.client_id, arr.month, months.last_day, months.quarter_start
    from {{ ref('int_arr__by_client_and_month') }} as arr
    inner join {{ ref('int_months') }} as months on months.month = arr.month
    where arr.arr_cc > 0
),

plan_updates as (
    select distinct client_id, {{ quarter_start('happened_on') }} as quarter_start
    from {{ ref('int_activities') }}
    where activity_type = 'plan_update'
),

support_clients as (
    select
        links.client_id,
        -- The earliest end; an account without any arrangement leaves its client uncovered.
        case when count(*) = count(accounts.support_arrangement_ends_on) then min(accounts.support_arrangement_ends_on) end as covered_until
    from {{ ref('stg_accounts') }} as accounts
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = accounts.account_id
    where accounts.is_support_client
    group by links.client_id
)

select 'account_plan_rate' as kpi, 'account_plans' as entity, arr.client_id, arr.last_day as counts_on, plan_updates.client_id is not null as is_met
from arr
left join plan_updates on plan_updates.client_id = arr.client_id and plan_updates.quarter_start = arr.quarter_start
where arr.month = {{ add_months('arr.quarter_start', 2) }}
union all
select 'support_coverage_rate' as kpi, 'support_coverage' as entity, arr.client_id, arr.last_day as counts_on,
    coalesce(support_clients.covered_until >= arr.last_day, false) as is_met
from arr
inner join support_clients on support_clients.client_id = arr.client_id
