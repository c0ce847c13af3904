with run as (select * from {{ ref('stg_run') }}),

met as (
    select distinct activities.client_id, activities.contact_id, activities.level
    from {{ ref('int_contact_activities') }} as activities
    cross join run
    where {{ days_between('activities.happened_on', 'run.as_of_on') }} < {{ parameter('relationship_days') }}
),

counted as (
    select
        client_id,
        sum(case when level = 'executive' then 1 else 0 end) as executive_contacts,
        sum(case when level = 'manager' then 1 else 0 end) as manager_contacts,
        sum(case when level = 'other' then 1 else 0 end) as other_contacts,
        count(*) as contacts
    from met
    group by client_id
)

select
    clients.client_id,
    run.as_of_on,
    cast(coalesce(counted.executive_contacts, 0) as bigint) as executive_contacts,
    cast(coalesce(counted.manager_contacts, 0) as bigint) as manager_contacts,
    cast(coalesce(counted.other_contacts, 0) as bigint) as other_contacts,
    coalesce(counted.contacts, 0) = 1 as is_single_contact
from {{ ref('int_clients') }} as clients
cross join run
left join counted on counted.client_id = clients.client_id
