-- Every client-month with ARR at one of its ends, moved or not: the movement's type, its owner and its tier (as at the end of the
-- month before; of a new or returning client, of the month).
with changes as (
    select
        client_id,
        month,
        cast(sum(start_cc) as decimal(18, 2)) as start_arr_cc,
        cast(sum(end_cc) as decimal(18, 2)) as end_arr_cc,
        cast(sum(start_reported) as decimal(18, 2)) as start_arr_reported,
        cast(sum(end_reported) as decimal(18, 2)) as end_arr_reported,
        cast(sum(change_reported) as decimal(18, 2)) as priced_change_reported
    from {{ ref('int_arr_changes__by_client_currency_and_month') }}
    group by client_id, month
),

firsts as (
    select client_id, min(month) as first_arr_month
    from changes
    where end_arr_cc > 0
    group by client_id
),

typed as (
    select
        changes.*,
        changes.end_arr_cc - changes.start_arr_cc as change_cc,
        case
            when changes.start_arr_cc = changes.end_arr_cc then 'fx_only'
            when changes.start_arr_cc = 0 and changes.month = firsts.first_arr_month then 'new'
            when changes.start_arr_cc = 0 then 'reactivation'
            when changes.end_arr_cc = 0 then 'churn'
            when changes.end_arr_cc > changes.start_arr_cc then 'expansion'
            else 'contraction'
        end as movement_type
    from changes
    left join firsts on firsts.client_id = changes.client_id
),

reported as (
    select
        *,
        {{ add_months('month', -1) }} as previous_month,
        case when movement_type = 'fx_only' then 0 else priced_change_reported end as change_reported
    from typed
)

select
    reported.client_id,
    reported.month,
    reported.movement_type,
    reported.movement_type in ('new', 'reactivation') as is_start_of_stay,
    case when reported.movement_type in ('new', 'reactivation') then owners_at_end.am_id else owners_at_start.am_id end as am_id,
    owners_at_end.am_id as am_id_at_end,
    coalesce(
        case when reported.movement_type in ('new', 'reactivation') then tiers_at_end.tier else tiers_at_start.tier end, 'tail'
    ) as tier,
    reported.start_arr_cc,
    reported.end_arr_cc,
    cast(reported.change_cc as decimal(18, 2)) as change_cc,
    reported.start_arr_reported,
    reported.end_arr_reported,
    cast(reported.change_reported as decimal(18, 2)) as change_reported,
    cast(reported.end_arr_reported - reported.start_arr_reported - reported.change_reported as decimal(18, 2))
        as fx_effect_reported
from reported
left join {{ ref('int_owners__by_client_and_month') }} as owners_at_start
    on owners_at_start.client_id = reported.client_id and owners_at_start.month = reported.previous_month
left join {{ ref('int_owners__by_client_and_month') }} as owners_at_end
    on owners_at_end.client_id = reported.client_id and owners_at_end.month = reported.month
left join {{ ref('int_tiers__by_client_and_month') }} as tiers_at_start
    on tiers_at_start.client_id = reported.client_id and tiers_at_start.month = reported.previous_month
left join {{ ref('int_tiers__by_client_and_month') }} as tiers_at_end
    on tiers_at_end.client_id = reported.client_id and tiers_at_end.month = reported.month
