-- Job orders with the day on which their started placements reached the openings (empty = 1), and the day by which they should.
with run as (select * from {{ ref('stg_run') }}),

orders as (
    select
        orders.order_id,
        orders.order_key,
        links.client_id,
        orders.opened_on,
        coalesce(orders.openings, 1) as openings,
        {{ add_days('orders.opened_on', 'fulfilment.value') }} as due_on
    from {{ ref('stg_job_orders') }} as orders
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = orders.account_id
    inner join run on orders.opened_on <= run.as_of_on
    inner join {{ parameter_spans('order_fulfilment_days') }} as fulfilment
        on fulfilment.valid_from <= orders.opened_on and fulfilment.valid_until > orders.opened_on
),

starts as (
    select
        placements.order_key,
        placements.started_on,
        row_number() over (
            partition by placements.order_key order by placements.started_on asc nulls last, placements.placement_id asc nulls last
        ) as place
    from {{ ref('stg_placements') }} as placements
    inner join run on placements.started_on <= run.as_of_on
)

select
    orders.order_id,
    orders.client_id,
    orders.opened_on,
    orders.openings,
    -- An order for nobody is filled as it opens.
    case when orders.openings <= 0 then orders.opened_on else starts.started_on end as filled_on,
    orders.due_on
from orders
left join starts on starts.order_key = orders.order_key and starts.place = orders.openings
