-- An item belongs to the client's owner at the end of the month in which it was added, like an escalation.
with run as (select * from {{ ref('stg_run') }}),

items as (
    select
        links.client_id,
        items.added_on,
        case when items.closed_on <= run.as_of_on then items.closed_on end as closed_on,
        {{ days_between('items.added_on', 'run.as_of_on') }} as age_days
    from {{ ref('stg_action_items') }} as items
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = items.account_id
    inner join run on items.added_on <= run.as_of_on
),

owned as (
    select
        items.*,
        case when months.month is null then present.am_id else owners.am_id end as am_id
    from items
    left join {{ ref('int_months') }} as months on months.month = {{ month_start('items.added_on') }}
    left join {{ ref('int_owners__by_client_and_month') }} as owners
        on owners.client_id = items.client_id and owners.month = months.month
    left join {{ ref('int_owners__at_as_of') }} as present on present.client_id = items.client_id
),

marked as (
    select
        {{ quarter_start('added_on') }} as quarter_start,
        am_id,
        age_days,
        closed_on is null as is_open,
        coalesce({{ days_between('added_on', 'closed_on') }} <= 30, false) as is_closed_30d,
        coalesce({{ days_between('added_on', 'closed_on') }} <= 60, false) as is_closed_60d
    from owned
    where am_id is not null
)

select
    cast(quarter_start as date) as quarter_start,
    cast(am_id as string) as am_id,
    cast(
        'Q' || cast(extract(quarter from quarter_start) as string) || ' ' || cast(extract(year from quarter_start) as string) as string
    ) as quarter_name,
    cast(count(*) as bigint) as items,
    cast(sum(case when is_closed_30d then 1 else 0 end) as bigint) as closed_30d,
    cast(sum(case when is_closed_60d then 1 else 0 end) as bigint) as closed_60d,
    cast(sum(case when is_open then 1 else 0 end) as bigint) as open_items,
    cast(sum(case when is_open and age_days <= 30 then 1 else 0 end) as bigint) as open_up_to_30d,
    cast(sum(case when is_open and age_days > 30 and age_days <= 60 then 1 else 0 end) as bigint) as open_31_to_60d,
    cast(sum(case when is_open and age_days > 60 then 1 else 0 end) as bigint) as open_over_60d,
    cast(max(case when is_open then age_days end) as bigint) as oldest_open_days
from marked
group by quarter_start, am_id
