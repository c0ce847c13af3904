-- Opportunities of clients in constant currency (no currency: the client's). Not cut at a day: whoever asks, asks as at a day D
-- (macros is_open_at, is_won_within). A closing date counts only where the opportunity is closed: on an open one it is a hope.
select
    opportunities.opportunity_id,
    links.client_id,
    opportunities.type,
    coalesce(opportunities.is_qualified, false) as is_qualified,
    coalesce(opportunities.is_closed and opportunities.is_won, false) as is_won,
    {{ local_day('opportunities.created_at', 'run.company_time_zone') }} as created_on,
    case when opportunities.is_closed then opportunities.closed_on end as closed_on,
    coalesce(opportunities.is_closed, false) and opportunities.closed_on is null as is_closed_undated,
    cast(coalesce(round(opportunities.amount * cc.rate, 2), 0) as decimal(18, 2)) as amount_cc
from {{ ref('stg_opportunities') }} as opportunities
inner join {{ ref('int_clients__by_account') }} as links on links.account_id = opportunities.account_id
inner join {{ ref('int_clients') }} as clients on clients.client_id = links.client_id
left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = coalesce(opportunities.currency, clients.billing_currency)
cross join {{ ref('stg_run') }} as run
