{% set segments = {
    'company': "'all'", 'am': "coalesce(movements.am_id, 'unassigned')", 'tier': 'movements.tier',
    'region': 'clients.region_segment', 'industry': 'clients.industry_segment', 'currency': 'clients.currency_segment',
} %}
with movements as (
    select * from {{ ref('int_arr_movements__by_client_and_month') }} where start_arr_cc > 0 or end_arr_cc > 0
),

clients as (select * from {{ ref('int_clients') }}),

based as (
    select client_id, month, movement_type, am_id, am_id_at_end, tier, is_start_of_stay, 'cc' as basis, start_arr_cc as start_arr,
        end_arr_cc as end_arr, change_cc as change, cast(0 as decimal(18, 2)) as fx_effect
    from movements
    union all
    select client_id, month, movement_type, am_id, am_id_at_end, tier, is_start_of_stay, 'reported' as basis,
        start_arr_reported as start_arr, end_arr_reported as end_arr, change_reported as change, fx_effect_reported as fx_effect
    from movements
),

bars as (
    {% for segment, value in segments.items() %}
    select
        movements.month,
        movements.basis,
        '{{ segment }}' as segment,
        {{ value }} as segment_value,
        movements.start_arr,
        case when movements.movement_type = 'new' then movements.change else 0 end as new_arr,
        case when movements.movement_type = 'reactivation' then movements.change else 0 end as reactivation_arr,
        case when movements.movement_type = 'expansion' then movements.change else 0 end as expansion_arr,
        case when movements.movement_type = 'contraction' then -movements.change else 0 end as contraction_arr,
        case when movements.movement_type = 'churn' then -movements.change else 0 end as churn_arr,
        0 as transfer_arr,
        movements.fx_effect,
        movements.end_arr
    from based as movements
    inner join clients on clients.client_id = movements.client_id
    union all
    {% endfor %}
    -- The month's movement stays with the owner at its start; then what is left at its end goes to the new owner.
    select month, basis, 'am' as segment, coalesce(am_id, 'unassigned') as segment_value, 0, 0, 0, 0, 0, 0, -end_arr, 0, -end_arr
    from based
    where not is_start_of_stay and end_arr <> 0 and coalesce(am_id, 'unassigned') <> coalesce(am_id_at_end, 'unassigned')
    union all
    select month, basis, 'am' as segment, coalesce(am_id_at_end, 'unassigned') as segment_value, 0, 0, 0, 0, 0, 0, end_arr, 0, end_arr
    from based
    where not is_start_of_stay and end_arr <> 0 and coalesce(am_id, 'unassigned') <> coalesce(am_id_at_end, 'unassigned')
)

select
    month,
    basis,
    segment,
    segment_value,
    {% for bar in [
        'start_arr', 'new_arr', 'reactivation_arr', 'expansion_arr', 'contraction_arr', 'churn_arr', 'transfer_arr', 'fx_effect', 'end_arr',
    ] %}
    cast(sum({{ bar }}) as decimal(18, 2)) as {{ bar }}{% if not loop.last %},{% endif %}

    {% endfor %}
from bars
group by month, basis, segment, segment_value
