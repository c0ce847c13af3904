-- The bars people look at and the movements they drill down to are the same money.
with movements as (
    select
        month,
        sum(case when movement_type = 'new' then change_cc else 0 end) as new_arr,
        sum(case when movement_type = 'reactivation' then change_cc else 0 end) as reactivation_arr,
        sum(case when movement_type = 'expansion' then change_cc else 0 end) as expansion_arr,
        sum(case when movement_type = 'contraction' then -change_cc else 0 end) as contraction_arr,
        sum(case when movement_type = 'churn' then -change_cc else 0 end) as churn_arr
    from {{ ref('fct_arr_movements') }}
    group by month
),

bars as (select * from {{ ref('rpt_arr_waterfall') }} where segment = 'company' and basis = 'cc')

select 'the bars of ' || cast(coalesce(bars.month, movements.month) as string) || ' are not the sums of its movements' as message
from bars
full outer join movements on movements.month = bars.month
where coalesce(bars.new_arr, 0) <> coalesce(movements.new_arr, 0)
    or coalesce(bars.reactivation_arr, 0) <> coalesce(movements.reactivation_arr, 0)
    or coalesce(bars.expansion_arr, 0) <> coalesce(movements.expansion_arr, 0)
    or coalesce(bars.contraction_arr, 0) <> coalesce(movements.contraction_arr, 0)
    or coalesce(bars.churn_arr, 0) <> coalesce(movements.churn_arr, 0)
