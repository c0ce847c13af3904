-- Volume and price are often of opposite signs; together with the labels they must still be the client's expansion.
with typed as (
    select client_id, month, sum(change_cc) as change_cc from {{ ref('fct_expansion_types') }} group by client_id, month
)

select 'client ' || movements.client_id || ' expanded by ' || cast(movements.change_cc as string) || ' in ' || cast(movements.month as string)
    || ', its types say ' || coalesce(cast(typed.change_cc as string), 'nothing') as message
from {{ ref('fct_arr_movements') }} as movements
left join typed on typed.client_id = movements.client_id and typed.month = movements.month
where movements.movement_type = 'expansion' and movements.change_cc <> coalesce(typed.change_cc, 0)
