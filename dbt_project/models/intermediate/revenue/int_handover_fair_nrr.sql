-- Per AM, month and window: the product over the window's months of end / start of month ARR of the clients that the AM owned at
-- each month's start; NULL (no row) where a month of the window has none.
with monthly as (
    select
        coalesce(am_id, 'unassigned') as am_id,
        month,
        cast(sum(end_arr_cc) as double) / cast(sum(start_arr_cc) as double) as kept_rate
    from {{ ref('int_arr_movements__by_client_and_month') }}
    where start_arr_cc > 0
    group by coalesce(am_id, 'unassigned'), month
),

windows as (
    {% for k in [1, 3, 12] %}select {{ k }} as window_months{% if not loop.last %} union all {% endif %}{% endfor %}
)

select
    ends.am_id,
    ends.month,
    windows.window_months,
    cast(round({{ product_of('monthly.kept_rate') }}, 8) as decimal(28, 8)) as handover_fair_nrr_cc
from monthly as ends
cross join windows
inner join monthly
    on monthly.am_id = ends.am_id
    and monthly.month <= ends.month
    and {{ months_between('monthly.month', 'ends.month') }} < windows.window_months
group by ends.am_id, ends.month, windows.window_months
having count(*) = max(windows.window_months)
