-- Annual revenue and tier, dense from a client's first month with revenue: the last 12 months' revenue, or, in a client's first
-- year, its ARR where that is more.
with revenue as (select * from {{ ref('int_revenue__by_client_and_month') }}),

firsts as (select client_id, min(month) as first_revenue_month from revenue group by client_id),

dense as (
    select
        firsts.client_id,
        firsts.first_revenue_month,
        calendar.month,
        coalesce(revenue.revenue_cc, 0) as revenue_cc,
        coalesce(arr.arr_cc, 0) as arr_cc
    from firsts
    inner join {{ ref('int_calendar') }} as calendar on calendar.month >= firsts.first_revenue_month
    left join revenue on revenue.client_id = firsts.client_id and revenue.month = calendar.month
    left join {{ ref('int_arr__by_client_and_month') }} as arr on arr.client_id = firsts.client_id and arr.month = calendar.month
),

summed as (
    select
        *,
        sum(revenue_cc) over (
            partition by client_id order by month asc nulls last rows between 11 preceding and current row
        ) as revenue_12m_cc
    from dense
),

annual as (
    select
        client_id,
        month,
        first_revenue_month,
        cast(case
            when {{ months_between('first_revenue_month', 'month') }} + 1 < 12 then greatest(revenue_12m_cc, arr_cc)
            else revenue_12m_cc
        end as decimal(18, 2)) as annual_revenue_cc,
        cast(revenue_12m_cc as decimal(18, 2)) as revenue_12m_cc
    from summed
),

limits as (
    select month, tier, minimum_annual_revenue_cc
    from {{ policy_by_month('tiers') }} as policy
),

reached as (
    select
        annual.*,
        limits.tier,
        row_number() over (
            partition by annual.client_id, annual.month order by limits.minimum_annual_revenue_cc desc nulls last
        ) as place
    from annual
    inner join limits
        on limits.month = annual.month
        and (limits.minimum_annual_revenue_cc is null or annual.annual_revenue_cc >= limits.minimum_annual_revenue_cc)
)

select client_id, month, first_revenue_month, annual_revenue_cc, revenue_12m_cc, tier
from reached
where place = 1
