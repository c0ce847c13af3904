-- Aggregates of many clients only: a margin is never shown per person.
with by_client as (select * from {{ ref('rpt_client_economics') }} where costed_revenue_cc is not null),

by_service_line as (
    select service_line, month, sum(costed_revenue_cc) as costed_revenue_cc, sum(cost_cc) as cost_cc
    from {{ ref('int_margins__by_client_service_line_and_month') }}
    group by service_line, month
),

segmented as (
    select month, 'company' as segment, 'all' as segment_value, costed_revenue_cc, cost_cc from by_client
    union all
    select by_client.month, 'tier' as segment, coalesce(tiers.tier, 'tail') as segment_value, by_client.costed_revenue_cc, by_client.cost_cc
    from by_client
    left join {{ ref('int_tiers__by_client_and_month') }} as tiers
        on tiers.client_id = by_client.client_id and tiers.month = by_client.month
    union all
    select months.month, 'service_line' as segment, by_service_line.service_line as segment_value,
        by_service_line.costed_revenue_cc, by_service_line.cost_cc
    from by_service_line
    inner join {{ ref('int_months') }} as months
        on months.month >= by_service_line.month and months.month <= {{ add_months('by_service_line.month', 11) }}
),

summed as (
    select month, segment, segment_value, sum(costed_revenue_cc) as costed_revenue_cc, sum(cost_cc) as cost_cc
    from segmented
    group by month, segment, segment_value
)

select
    month,
    segment,
    segment_value,
    cast(costed_revenue_cc as decimal(18, 2)) as costed_revenue_cc,
    cast(cost_cc as decimal(18, 2)) as cost_cc,
    cast(costed_revenue_cc - cost_cc as decimal(18, 2)) as margin_cc,
    cast({{ ratio('costed_revenue_cc - cost_cc', 'costed_revenue_cc') }} as decimal(28, 8)) as margin_rate
from summed
