-- The waterfall is built from changes, ARR from balances: two ways to the same total, in every month and on both bases.
with arr as (
    select month, 'cc' as basis, sum(arr_cc) as arr from {{ ref('fct_arr') }} group by month
    union all
    select month, 'reported' as basis, sum(arr_reported) as arr from {{ ref('fct_arr') }} group by month
),

bars as (select * from {{ ref('rpt_arr_waterfall') }} where segment = 'company')

select bars.basis || ' waterfall ends ' || cast(bars.month as string) || ' at ' || cast(bars.end_arr as string) || ', but ARR is '
    || coalesce(cast(arr.arr as string), 'none') as message
from bars
left join arr on arr.month = bars.month and arr.basis = bars.basis
where bars.end_arr <> coalesce(arr.arr, 0)
