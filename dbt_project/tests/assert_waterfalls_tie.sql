-- A bar that does not tie to the cent means a movement counted twice or lost.
select basis || ' waterfall of ' || segment || ' ' || segment_value || ' in ' || cast(month as string) || ' is off by '
    || cast(start_arr + new_arr + reactivation_arr + expansion_arr - contraction_arr - churn_arr + transfer_arr + fx_effect - end_arr as string)
    as message
from {{ ref('rpt_arr_waterfall') }}
where start_arr + new_arr + reactivation_arr + expansion_arr - contraction_arr - churn_arr + transfer_arr + fx_effect <> end_arr
