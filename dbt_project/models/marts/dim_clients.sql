with run as (select * from {{ ref('stg_run') }})

select
    clients.client_id,
    clients.client_name,
    clients.industry,
    clients.country,
    clients.region,
    clients.billing_currency,
    coalesce(tiers.tier, 'tail') as tier,
    owners.am_id,
    case when owners.am_id is not null then coalesce(users.name, owners.am_id) end as am_name,
    coalesce(arr.arr_cc, cast(0 as decimal(18, 2))) as arr_cc,
    coalesce(tiers.annual_revenue_cc, cast(0 as decimal(18, 2))) as annual_revenue_cc,
    tiers.first_revenue_month,
    case when arr.arr_cc = 0 then arr.last_churn_month end as churned_month,
    health.health_score,
    health.health_band
from {{ ref('int_clients') }} as clients
cross join run
left join {{ ref('int_tiers__by_client_and_month') }} as tiers
    on tiers.client_id = clients.client_id and tiers.month = run.last_month
left join {{ ref('int_arr__by_client_and_month') }} as arr
    on arr.client_id = clients.client_id and arr.month = run.last_month
left join {{ ref('int_owners__by_client_and_month') }} as owners
    on owners.client_id = clients.client_id and owners.month = run.last_month
left join {{ ref('int_health_scores__by_client_and_day') }} as health
    on health.client_id = clients.client_id and health.month = run.last_month and health.is_month_end
left join {{ ref('stg_users') }} as users on users.user_id = owners.am_id
