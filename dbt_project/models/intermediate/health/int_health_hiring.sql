-- Hiring velocity: orders open at D, and hires a month. Not scored before anybody's first order, or for a client without one.
with scored as (select * from {{ ref('int_scored_clients__by_day') }}),

orders as (
    select links.client_id, orders.order_id, orders.opened_on, orders.closed_on
    from {{ ref('stg_job_orders') }} as orders
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = orders.account_id
),

placements as (
    select links.client_id, placements.placement_id, placements.started_on
    from {{ ref('stg_placements') }} as placements
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = placements.account_id
),

connection as (select min(opened_on) as first_on from orders),

placed as (
    select
        scored.client_id,
        scored.as_of_on,
        sum(case when orders.closed_on is null or orders.closed_on > scored.as_of_on then 1 else 0 end) as open_orders
    from scored
    inner join orders on orders.client_id = scored.client_id and orders.opened_on <= scored.as_of_on
    group by scored.client_id, scored.as_of_on
),

hired as (
    select scored.client_id, scored.as_of_on, count(*) as hires
    from scored
    inner join placements
        on placements.client_id = scored.client_id
        and placements.started_on >= scored.placements_from
        and placements.started_on <= scored.as_of_on
    group by scored.client_id, scored.as_of_on
),

counted as (
    select
        scored.client_id,
        scored.as_of_on,
        scored.hiring_months,
        placed.open_orders,
        coalesce(hired.hires, 0) as hires,
        case
            when connection.first_on is null or connection.first_on > scored.as_of_on then 'job_orders not connected'
            when placed.client_id is null then 'never placed an order'
        end as not_scored_reason
    from scored
    cross join connection
    left join placed on placed.client_id = scored.client_id and placed.as_of_on = scored.as_of_on
    left join hired on hired.client_id = scored.client_id and hired.as_of_on = scored.as_of_on
)

select client_id, as_of_on, 'hiring' as component, 'open_orders' as measure, open_orders as numerator, 1 as denominator,
    not_scored_reason
from counted
union all
select client_id, as_of_on, 'hiring' as component, 'hires_per_month' as measure, hires as numerator, hiring_months as denominator,
    not_scored_reason
from counted
