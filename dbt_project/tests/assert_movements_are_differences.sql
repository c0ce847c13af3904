-- A movement is the end less the start, in its type's direction; reported, what the rate did is told apart to the cent.
select 'client ' || client_id || ' in ' || cast(month as string) || ': ' || movement_type || ' of ' || cast(change_cc as string)
    || ' from ' || cast(start_arr_cc as string) || ' to ' || cast(end_arr_cc as string) as message
from {{ ref('fct_arr_movements') }}
where change_cc <> end_arr_cc - start_arr_cc
    or end_arr_reported - start_arr_reported <> change_reported + fx_effect_reported
    or (movement_type in ('new', 'reactivation') and (start_arr_cc <> 0 or end_arr_cc <= 0))
    or (movement_type = 'expansion' and (start_arr_cc <= 0 or change_cc <= 0))
    or (movement_type = 'contraction' and (end_arr_cc <= 0 or change_cc >= 0))
    or (movement_type = 'churn' and (start_arr_cc <= 0 or end_arr_cc <> 0))
    or (movement_type = 'fx_only' and change_cc <> 0)
