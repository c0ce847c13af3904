-- Activities that are a contact with somebody: held (or not said), no mere update of a plan, and with a named contact.
with run as (select * from {{ ref('stg_run') }}),

activities as (
    select
        activities.activity_id,
        activities.account_id,
        activities.contact_id,
        activities.user_id,
        activities.type,
        {{ local_day('activities.happened_at', 'run.company_time_zone') }} as happened_on
    from {{ ref('stg_activities') }} as activities
    cross join run
    where {{ local_day('activities.happened_at', 'run.company_time_zone') }} <= run.as_of_on
        and activities.contact_id is not null
        and activities.type <> 'plan_update'
        and coalesce(activities.is_held, true)
)

select
    activities.activity_id,
    links.client_id,
    activities.contact_id,
    coalesce(contacts.level, 'other') as level,
    coalesce(activities.contact_id = clients.executive_sponsor_contact_id, false) as is_sponsor,
    activities.type,
    activities.happened_on
from activities
inner join {{ ref('int_clients__by_account') }} as links on links.account_id = activities.account_id
inner join {{ ref('int_clients') }} as clients on clients.client_id = links.client_id
left join {{ ref('int_contacts') }} as contacts on contacts.contact_id = activities.contact_id
