-- Everything of the 12 months that end with the month, from each client's first month with revenue or savings.
{% set measures = ['costed_revenue_cc', 'cost_cc', 'planned_cc', 'delivered_cc'] %}
with margins as (
    select client_id, month, sum(costed_revenue_cc) as costed_revenue_cc, sum(cost_cc) as cost_cc
    from {{ ref('int_margins__by_client_service_line_and_month') }}
    group by client_id, month
),

savings as (select * from {{ ref('int_savings__by_client_and_month') }}),

firsts as (
    select client_id, min(month) as first_month
    from (
        select client_id, first_revenue_month as month from {{ ref('int_tiers__by_client_and_month') }}
        union all
        select client_id, month from savings
    ) as beginnings
    group by client_id
),

monthly as (
    select
        firsts.client_id,
        months.month,
        margins.costed_revenue_cc,
        margins.cost_cc,
        savings.planned_cc,
        savings.delivered_cc
    from firsts
    inner join {{ ref('int_months') }} as months on months.month >= firsts.first_month
    left join margins on margins.client_id = firsts.client_id and margins.month = months.month
    left join savings on savings.client_id = firsts.client_id and savings.month = months.month
),

rolled as (
    select
        client_id,
        month
        {%- for measure in measures %},
        sum({{ measure }}) over (
            partition by client_id order by month asc nulls last rows between 11 preceding and current row
        ) as {{ measure }}
        {%- endfor %}
    from monthly
),

spends as (
    select
        clients.client_id,
        round(clients.category_spend * cc.rate, 2) as category_spend_cc
    from {{ ref('int_clients') }} as clients
    left join {{ ref('int_fx_rates__cc') }} as cc
        on cc.currency = coalesce(clients.category_spend_currency, clients.billing_currency)
),

economics as (
    select
        rolled.*,
        coalesce(tiers.revenue_12m_cc, 0) as revenue_12m_cc,
        spends.category_spend_cc
    from rolled
    left join {{ ref('int_tiers__by_client_and_month') }} as tiers on tiers.client_id = rolled.client_id and tiers.month = rolled.month
    left join spends on spends.client_id = rolled.client_id
)

select
    month,
    client_id,
    cast(revenue_12m_cc as decimal(18, 2)) as revenue_12m_cc,
    cast(category_spend_cc as decimal(18, 2)) as category_spend_cc,
    cast({{ ratio('revenue_12m_cc', 'category_spend_cc') }} as decimal(28, 8)) as wallet_share_rate,
    cast(category_spend_cc - revenue_12m_cc as decimal(18, 2)) as leakage_cc,
    cast(costed_revenue_cc as decimal(18, 2)) as costed_revenue_cc,
    cast(cost_cc as decimal(18, 2)) as cost_cc,
    cast(costed_revenue_cc - cost_cc as decimal(18, 2)) as margin_cc,
    cast({{ ratio('costed_revenue_cc - cost_cc', 'costed_revenue_cc') }} as decimal(28, 8)) as margin_rate,
    cast(planned_cc as decimal(18, 2)) as savings_planned_cc,
    cast(delivered_cc as decimal(18, 2)) as savings_delivered_cc,
    cast({{ ratio('delivered_cc', 'planned_cc') }} as decimal(28, 8)) as savings_rate
from economics
