-- The owner on the run's as-of day: for rows dated in a month that is not complete yet.
with changes as (
    select
        changes.account_id as client_id,
        changes.owner_id,
        row_number() over (
            partition by changes.account_id order by changes.changed_at desc nulls last, changes.owner_id desc nulls last
        ) as place_from_end
    from {{ ref('stg_owner_changes') }} as changes
    inner join {{ ref('stg_run') }} as run on changes.changed_at < run.as_of_end_at
)

select
    clients.client_id,
    case when changes.client_id is null then clients.present_owner_id else changes.owner_id end as am_id
from {{ ref('int_clients') }} as clients
left join changes on changes.client_id = clients.client_id and changes.place_from_end = 1
