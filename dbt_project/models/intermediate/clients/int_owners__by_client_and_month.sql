-- Owner at the end of each month: the last change before the month's end (a change at midnight belongs to the day that
-- begins); before the first change, the owner it names as the old one, else the one it names; without a history, the present one.
with run as (select * from {{ ref('stg_run') }}),

changes as (
    select
        changes.account_id as client_id,
        changes.changed_at,
        changes.owner_id,
        changes.previous_owner_id,
        {{ month_start(local_day('changes.changed_at', 'run.company_time_zone')) }} as month
    from {{ ref('stg_owner_changes') }} as changes
    cross join run
    where changes.changed_at < run.as_of_end_at
),

numbered as (
    select
        *,
        row_number() over (partition by client_id order by changed_at asc nulls last, owner_id asc nulls last) as place,
        row_number() over (
            partition by client_id, month order by changed_at desc nulls last, owner_id desc nulls last
        ) as place_from_month_end
    from changes
),

month_ends as (
    select
        client_id,
        month as from_month,
        lead(month, 1) over (partition by client_id order by month asc nulls last) as until_month,
        owner_id as am_id
    from numbered
    where place_from_month_end = 1
),

spans as (
    select client_id, from_month, coalesce(until_month, date '9999-01-01') as until_month, am_id from month_ends
    union all
    select client_id, date '0001-01-01' as from_month, month as until_month, coalesce(previous_owner_id, owner_id) as am_id
    from numbered
    where place = 1
    union all
    select client_id, date '0001-01-01' as from_month, date '9999-01-01' as until_month, present_owner_id as am_id
    from {{ ref('int_clients') }}
    where client_id not in (select client_id from changes)
)

select spans.client_id, months.month, spans.am_id
from spans
inner join {{ ref('int_months') }} as months on months.month >= spans.from_month and months.month < spans.until_month
