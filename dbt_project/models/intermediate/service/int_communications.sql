-- Each e-mail and meeting request with the moment before which it is to be answered. Without minutes of its own the limit runs
-- on business days, on the client's clock; local times become UTC one by one, so that a change of the clocks is in them.
with run as (select * from {{ ref('stg_run') }}),

received as (
    select
        communications.communication_id,
        links.client_id,
        communications.kind,
        coalesce(communications.urgency, 'normal') as urgency,
        communications.received_at,
        case when communications.responded_at < run.as_of_end_at then communications.responded_at end as responded_at,
        {{ local_day('communications.received_at', 'run.company_time_zone') }} as received_on,
        coalesce(clients.time_zone, run.company_time_zone) as time_zone,
        coalesce(upper(clients.country), '') as country,
        {{ to_local('communications.received_at', 'coalesce(clients.time_zone, run.company_time_zone)') }} as local_at,
        run.as_of_end_at,
        run.company_time_zone
    from {{ ref('stg_communications') }} as communications
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = communications.account_id
    inner join {{ ref('int_clients') }} as clients on clients.client_id = links.client_id
    inner join run on communications.received_at < run.as_of_end_at
),

limited as (
    select
        received.*,
        limits.response_minutes,
        days.is_business_day,
        days.next_business_day,
        cast(received.local_at as date) as local_on,
        {{ add_minutes('cast(cast(received.local_at as date) as timestamp)', 'limits.same_day_until_minute') }} as same_day_until
    from received
    inner join {{ policy_spans('communication_limits', ['kind']) }} as limits
        on limits.kind = received.kind
        and (limits.urgency is null or limits.urgency = received.urgency)
        and limits.valid_from <= received.received_on
        and limits.valid_until > received.received_on
    left join {{ ref('int_business_days') }} as days
        on days.country = received.country and days.day = cast(received.local_at as date)
),

timed as (
    select
        limited.*,
        case
            when not is_business_day then cast({{ add_days('next_business_day', 1) }} as timestamp)
            when local_at <= same_day_until then cast({{ add_days('local_on', 1) }} as timestamp)
            else {{ add_microseconds(
                'cast(next_business_day as timestamp)', microseconds_between('cast(local_on as timestamp)', 'local_at')
            ) }}
        end as local_due_at
    from limited
),

due as (
    select
        timed.*,
        case
            when response_minutes is not null then {{ add_minutes('received_at', 'response_minutes') }}
            else {{ to_first_utc('local_due_at', 'time_zone') }}
        end as due_at
    from timed
)

select
    communication_id,
    client_id,
    kind,
    urgency,
    received_at,
    responded_at,
    due_at,
    {{ local_day('due_at', 'company_time_zone') }} as counts_on,
    case
        when responded_at is not null then responded_at < due_at
        when due_at < as_of_end_at then false
    end as is_met
from due
