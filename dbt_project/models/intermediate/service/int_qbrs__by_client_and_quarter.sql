-- Complete quarters in which a client's QBR was due or held. Each mark of quality is met where any held one meets it; a
-- follow-up that may still come leaves its mark open.
with run as (select * from {{ ref('stg_run') }}),

quarters as (
    select
        month as last_month,
        quarter_start,
        last_day,
        {{ add_months('quarter_start', -1) }} as month_before
    from {{ ref('int_months') }}
    where month = {{ add_months('quarter_start', 2) }}
),

due as (
    select quarters.quarter_start, arr.client_id
    from quarters
    inner join {{ ref('int_arr__by_client_and_month') }} as arr on arr.month = quarters.month_before and arr.arr_cc > 0
    inner join {{ ref('int_tiers__by_client_and_month') }} as tiers
        on tiers.client_id = arr.client_id and tiers.month = arr.month and tiers.tier = 'strategic'
),

meetings as (
    select client_id, activity_id, happened_on as held_on, executive_attended, deck_ready_on, actions_logged, follow_up_on
    from {{ ref('int_activities') }}
    where activity_type = 'qbr' and is_held
),

judged as (
    select
        meetings.client_id,
        {{ quarter_start('meetings.held_on') }} as quarter_start,
        meetings.activity_id,
        meetings.executive_attended,
        coalesce(meetings.deck_ready_on <= {{ add_days('meetings.held_on', '-deck.value') }}, false) as deck_on_time,
        meetings.actions_logged,
        case
            when meetings.follow_up_on is not null
                then meetings.follow_up_on <= {{ add_days('meetings.held_on', 'follow_up.value') }}
            when {{ add_days('meetings.held_on', 'follow_up.value') }} <= run.as_of_on then false
        end as follow_up_on_time
    from meetings
    cross join run
    inner join {{ parameter_spans('qbr_deck_days_before') }} as deck
        on deck.valid_from <= meetings.held_on and deck.valid_until > meetings.held_on
    inner join {{ parameter_spans('qbr_follow_up_days_after') }} as follow_up
        on follow_up.valid_from <= meetings.held_on and follow_up.valid_until > meetings.held_on
),

held as (
    select
        client_id,
        quarter_start,
        max(case when executive_attended then 1 else 0 end) = 1 as executive_attended,
        max(case when deck_on_time then 1 else 0 end) = 1 as deck_on_time,
        max(case when actions_logged then 1 else 0 end) = 1 as actions_logged,
        case
            when max(case when follow_up_on_time then 1 else 0 end) = 1 then true
            when count(*) = count(follow_up_on_time) then false
        end as follow_up_on_time
    from judged
    group by client_id, quarter_start
),

keys as (
    select client_id, quarter_start from due
    union
    select held.client_id, held.quarter_start
    from held
    inner join quarters on quarters.quarter_start = held.quarter_start
)

select
    keys.client_id,
    keys.quarter_start,
    quarters.last_month,
    quarters.last_day as counts_on,
    owners.am_id,
    due.client_id is not null as is_due,
    held.client_id is not null as is_completed,
    held.executive_attended,
    held.deck_on_time,
    held.actions_logged,
    held.follow_up_on_time
from keys
inner join quarters on quarters.quarter_start = keys.quarter_start
left join due on due.client_id = keys.client_id and due.quarter_start = keys.quarter_start
left join held on held.client_id = keys.client_id and held.quarter_start = keys.quarter_start
left join {{ ref('int_owners__by_client_and_month') }} as owners
    on owners.client_id = keys.client_id and owners.month = quarters.last_month
