-- The reason of each churn: the client's latest contract termination or lost renewal with a reason, on or before the churn month's
-- last day and not too long before its first; if none, the earliest soon after. Nothing is guessed.
with run as (select * from {{ ref('stg_run') }}),

churns as (
    select client_id, month from {{ ref('int_arr_movements__by_client_and_month') }} where movement_type = 'churn'
),

endings as (
    select clients.client_id, contracts.terminated_on as ended_on, contracts.termination_reason as reason, 1 as priority,
        contracts.contract_id as ending_id
    from {{ ref('stg_contracts') }} as contracts
    inner join {{ ref('int_clients__by_account') }} as clients on clients.account_id = contracts.account_id
    cross join run
    where contracts.terminated_on <= run.as_of_on and contracts.termination_reason is not null
    union all
    select clients.client_id, opportunities.closed_on as ended_on, opportunities.loss_reason as reason, 2 as priority,
        opportunities.opportunity_id as ending_id
    from {{ ref('stg_opportunities') }} as opportunities
    inner join {{ ref('int_clients__by_account') }} as clients on clients.account_id = opportunities.account_id
    cross join run
    where opportunities.type = 'renewal'
        and opportunities.is_closed
        and not opportunities.is_won
        and opportunities.closed_on <= run.as_of_on
        and opportunities.loss_reason is not null
),

near as (
    select
        churns.client_id,
        churns.month,
        endings.reason,
        endings.ending_id,
        endings.priority,
        endings.ended_on,
        endings.ended_on <= {{ month_end('churns.month') }} as is_before,
        {{ days_between('endings.ended_on', 'churns.month') }} as days_before,
        {{ days_between(month_end('churns.month'), 'endings.ended_on') }} as days_after
    from churns
    inner join endings on endings.client_id = churns.client_id
),

eligible as (
    select * from near
    where (is_before and days_before <= {{ parameter('churn_reason_days_before') }})
        or (not is_before and days_after <= {{ parameter('churn_reason_days_after') }})
),

ranked as (
    select
        *,
        row_number() over (
            partition by client_id, month
            order by
                case when is_before then 0 else 1 end asc,
                case when is_before then days_before end asc nulls last,
                days_after asc nulls last,
                priority asc nulls last,
                ending_id asc nulls last
        ) as place
    from eligible
),

categories as (
    select reason_key, churn_category,
        row_number() over (partition by reason_key order by priority asc nulls last) as choice
    from (
        select lower(trim(reason)) as reason_key, churn_category, 1 as priority from {{ ref('stg_map_churn_reasons') }}
        union all
        select lower(trim(reason)) as reason_key, churn_category, 2 as priority
        from {{ policy_at_as_of('churn_reasons', ['reason']) }} as policy
    ) as candidates
)

select
    churns.client_id,
    churns.month,
    ranked.reason as churn_reason,
    ranked.ending_id,
    coalesce(categories.churn_category, 'unclassified') as churn_category
from churns
left join ranked on ranked.client_id = churns.client_id and ranked.month = churns.month and ranked.place = 1
left join categories on categories.reason_key = lower(trim(ranked.reason)) and categories.choice = 1
