-- The balance on a client's card is that of the last complete month in the facts.
with arr as (
    select fct.client_id, sum(fct.arr_cc) as arr_cc
    from {{ ref('fct_arr') }} as fct
    inner join {{ ref('stg_run') }} as run on run.last_month = fct.month
    group by fct.client_id
)

select 'client ' || coalesce(clients.client_id, arr.client_id) || ' shows ARR ' || coalesce(cast(clients.arr_cc as string), 'none')
    || ', its months say ' || coalesce(cast(arr.arr_cc as string), 'none') as message
from {{ ref('dim_clients') }} as clients
full outer join arr on arr.client_id = clients.client_id
where coalesce(clients.arr_cc, 0) <> coalesce(arr.arr_cc, 0)
