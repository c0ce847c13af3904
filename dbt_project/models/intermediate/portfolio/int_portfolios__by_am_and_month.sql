-- Every AM in every complete month, also without a client: a portfolio that was lost is a portfolio of 0, not an unknown one.
{% set tiers = ['strategic', 'growth', 'standard', 'tail'] %}
with owners as (select * from {{ ref('int_owners__by_client_and_month') }} where am_id is not null),

am_months as (
    select ams.am_id, months.month, months.quarter_start
    from (select distinct am_id from owners) as ams
    cross join {{ ref('int_months') }} as months
),

ranked as (
    select
        *,
        row_number() over (partition by month, am_id order by arr_cc desc nulls last, client_id asc nulls last) as place
    from {{ ref('int_portfolio_clients__by_month') }}
),

top_sizes as (
    select month, value as top_size from {{ policy_by_month('parameters', ['parameter']) }} as parameters
    where parameter = 'portfolio_top_clients'
),

loads as (
    select
        ranked.month,
        ranked.am_id,
        count(*) as clients,
        {% for tier in tiers %}
        sum(case when ranked.tier = '{{ tier }}' then 1 else 0 end) as {{ tier }}_clients,
        sum(case when ranked.tier = '{{ tier }}' then ranked.revenue_12m_cc else 0 end) as {{ tier }}_revenue_cc,
        {% endfor %}
        sum(ranked.revenue_12m_cc) as revenue_12m_cc,
        sum(ranked.arr_cc) as arr_cc,
        sum(case when ranked.place <= top_sizes.top_size then ranked.arr_cc else 0 end) as top_arr_cc
    from ranked
    inner join top_sizes on top_sizes.month = ranked.month
    group by ranked.month, ranked.am_id
),

pipelines as (
    select
        owners.am_id,
        owners.month,
        sum(pipeline.open_qualified_expansion_cc) as open_qualified_expansion_cc,
        sum(pipeline.won_in_quarter_cc) as won_in_quarter_cc,
        sum(pipeline.expansion_won_12m_cc) as expansion_won_12m_cc
    from {{ ref('int_pipeline__by_client_and_month') }} as pipeline
    inner join owners on owners.client_id = pipeline.client_id and owners.month = pipeline.month
    group by owners.am_id, owners.month
),

goals as (
    select
        user_id as am_id,
        quarter,
        max(case when metric = 'expansion_goal' then target end) as expansion_goal,
        max(case when metric = 'quota' then target end) as quota
    from {{ ref('stg_targets') }}
    where metric in ('expansion_goal', 'quota')
    group by user_id, quarter
)

select
    am_months.month,
    am_months.am_id,
    cast(coalesce(loads.clients, 0) as bigint) as clients,
    {% for tier in tiers %}
    cast(coalesce(loads.{{ tier }}_clients, 0) as bigint) as {{ tier }}_clients,
    cast(coalesce(loads.{{ tier }}_revenue_cc, 0) as decimal(18, 2)) as {{ tier }}_revenue_cc,
    {% endfor %}
    cast(coalesce(loads.revenue_12m_cc, 0) as decimal(18, 2)) as revenue_12m_cc,
    cast(coalesce(loads.arr_cc, 0) as decimal(18, 2)) as arr_cc,
    cast(coalesce(loads.top_arr_cc, 0) as decimal(18, 2)) as top_arr_cc,
    cast(coalesce(pipelines.open_qualified_expansion_cc, 0) as decimal(18, 2)) as open_qualified_expansion_cc,
    cast(coalesce(pipelines.won_in_quarter_cc, 0) as decimal(18, 2)) as won_in_quarter_cc,
    cast(coalesce(pipelines.expansion_won_12m_cc, 0) as decimal(18, 2)) as expansion_won_12m_cc,
    cast(goals.expansion_goal as decimal(18, 2)) as expansion_goal,
    cast(goals.quota as decimal(18, 2)) as quota
from am_months
left join loads on loads.am_id = am_months.am_id and loads.month = am_months.month
left join pipelines on pipelines.am_id = am_months.am_id and pipelines.month = am_months.month
left join goals on goals.am_id = am_months.am_id and goals.quarter = am_months.quarter_start
