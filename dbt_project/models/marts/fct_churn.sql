-- A churn is a surprise where the health score of three months before saw the client green.
with bands as (
    select client_id, {{ add_months('month', 3) }} as month, health_band
    from {{ ref('int_health_scores__by_client_and_day') }}
    where is_month_end
)

select
    movements.client_id,
    movements.month,
    movements.am_id,
    movements.start_arr_cc as churned_arr_cc,
    reasons.churn_category,
    reasons.churn_reason,
    bands.health_band as band_3_months_before,
    coalesce(bands.health_band = 'green', false) as is_surprise
from {{ ref('int_arr_movements__by_client_and_month') }} as movements
inner join {{ ref('int_churn_reasons') }} as reasons
    on reasons.client_id = movements.client_id and reasons.month = movements.month
left join bands on bands.client_id = movements.client_id and bands.month = movements.month
where movements.movement_type = 'churn'
