select
    client_id,
    month,
    movement_type,
    am_id,
    tier,
    start_arr_cc,
    end_arr_cc,
    change_cc,
    start_arr_reported,
    end_arr_reported,
    change_reported,
    fx_effect_reported
from {{ ref('int_arr_movements__by_client_and_month') }}
where change_cc <> 0 or change_reported <> 0 or fx_effect_reported <> 0
