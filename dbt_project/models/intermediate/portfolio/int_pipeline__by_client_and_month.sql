-- What a client's opportunities are worth to its AM of the month: open qualified expansion at the month's end, expansion and
-- renewal value won in the quarter so far, expansion won in the last 12 months.
with opportunities as (select * from {{ ref('int_opportunities') }} where type in ('expansion', 'renewal')),

parts as (
    select
        opportunities.client_id,
        months.month,
        opportunities.amount_cc,
        opportunities.type = 'expansion' and opportunities.is_qualified
            and {{ is_open_at('opportunities', 'months.last_day') }} as is_open_qualified_expansion,
        {{ is_won_within('opportunities', 'months.quarter_start', 'months.last_day') }} as is_won_in_quarter,
        opportunities.type = 'expansion'
            and {{ is_won_within('opportunities', add_months('months.month', -11), 'months.last_day') }} as is_expansion_won_12m
    from opportunities
    cross join {{ ref('int_months') }} as months
)

select
    client_id,
    month,
    cast(sum(case when is_open_qualified_expansion then amount_cc else 0 end) as decimal(18, 2)) as open_qualified_expansion_cc,
    cast(sum(case when is_won_in_quarter then amount_cc else 0 end) as decimal(18, 2)) as won_in_quarter_cc,
    cast(sum(case when is_expansion_won_12m then amount_cc else 0 end) as decimal(18, 2)) as expansion_won_12m_cc
from parts
where is_open_qualified_expansion or is_won_in_quarter or is_expansion_won_12m
group by client_id, month
