-- Everyone who owns, or ever owned, a client in a complete month; an owner whom no users export names is there by id alone.
with owners as (
    select distinct am_id from {{ ref('int_owners__by_client_and_month') }} where am_id is not null
    union
    select distinct present_owner_id as am_id from {{ ref('int_clients') }} where present_owner_id is not null
)

select
    owners.am_id,
    coalesce(users.name, owners.am_id) as am_name,
    users.email,
    users.region,
    coalesce(users.is_active, true) as is_active
from owners
left join {{ ref('stg_users') }} as users on users.user_id = owners.am_id
