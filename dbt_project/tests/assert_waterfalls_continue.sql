-- A month starts where the one before ended; else a movement fell between two months. (Clients change tiers between months.)
with bars as (select * from {{ ref('rpt_arr_waterfall') }} where segment <> 'tier'),

months as (select max(month) as last_month from bars),

paired as (
    select
        coalesce(later.segment, earlier.segment) as segment,
        coalesce(later.segment_value, earlier.segment_value) as segment_value,
        coalesce(later.basis, earlier.basis) as basis,
        coalesce(later.month, {{ add_months('earlier.month', 1) }}) as month,
        coalesce(later.start_arr, 0) as start_arr,
        coalesce(earlier.end_arr, 0) as end_arr
    from bars as later
    full outer join bars as earlier
        on earlier.segment = later.segment and earlier.segment_value = later.segment_value
        and earlier.basis = later.basis and {{ add_months('earlier.month', 1) }} = later.month
)

select basis || ' waterfall of ' || segment || ' ' || segment_value || ' starts ' || cast(month as string) || ' at '
    || cast(start_arr as string) || ', the month before ended at ' || cast(end_arr as string) as message
from paired
cross join months
where month <= last_month and start_arr <> end_arr
