-- Activities up to as_of at their client, with their day in the company's time zone: worked out once, as a zone's clock is dear.
select
    activities.activity_id,
    links.client_id,
    activities.type as activity_type,
    activities.happened_at,
    {{ local_day('activities.happened_at', 'run.company_time_zone') }} as happened_on,
    case when activities.logged_at < run.as_of_end_at then activities.logged_at end as logged_at,
    coalesce(activities.is_held, true) as is_held,
    coalesce(activities.executive_attended, false) as executive_attended,
    activities.deck_ready_on,
    coalesce(activities.actions_logged, false) as actions_logged,
    case when activities.follow_up_on <= run.as_of_on then activities.follow_up_on end as follow_up_on
from {{ ref('stg_activities') }} as activities
inner join {{ ref('int_clients__by_account') }} as links on links.account_id = activities.account_id
inner join {{ ref('stg_run') }} as run on activities.happened_at < run.as_of_end_at
