select
    movements.client_id,
    movements.month,
    movements.am_id,
    movements.start_arr_cc as churned_arr_cc,
    reasons.churn_category,
    reasons.churn_reason
from {{ ref('int_arr_movements__by_client_and_month') }} as movements
inner join {{ ref('int_churn_reasons') }} as reasons
    on reasons.client_id = movements.client_id and reasons.month = movements.month
where movements.movement_type = 'churn'
