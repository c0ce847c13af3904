select
    links.client_id,
    {{ month_start('savings.month') }} as month,
    cast(sum(round(savings.planned * cc.rate, 2)) as decimal(18, 2)) as planned_cc,
    cast(sum(round(savings.delivered * cc.rate, 2)) as decimal(18, 2)) as delivered_cc
from {{ ref('stg_savings') }} as savings
inner join {{ ref('int_clients__by_account') }} as links on links.account_id = savings.account_id
inner join {{ ref('int_clients') }} as clients on clients.client_id = links.client_id
left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = coalesce(savings.currency, clients.billing_currency)
cross join {{ ref('stg_run') }} as run
where savings.month <= run.last_day
group by links.client_id, {{ month_start('savings.month') }}
