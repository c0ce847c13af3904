-- A churn without its movement, or the other way round, makes two lists of lost clients that disagree.
with churns as (select * from {{ ref('fct_churn') }}),

movements as (select * from {{ ref('fct_arr_movements') }} where movement_type = 'churn')

select 'client ' || coalesce(churns.client_id, movements.client_id) || ' churned '
    || coalesce(cast(churns.churned_arr_cc as string), 'nothing') || ' in '
    || cast(coalesce(churns.month, movements.month) as string) || ', its movement says '
    || coalesce(cast(movements.start_arr_cc as string), 'nothing') as message
from churns
full outer join movements on movements.client_id = churns.client_id and movements.month = churns.month
where coalesce(churns.churned_arr_cc, 0) <> coalesce(movements.start_arr_cc, 0)
