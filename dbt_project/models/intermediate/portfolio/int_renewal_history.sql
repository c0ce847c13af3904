-- Contracts that came to an end, with what was known of their client some months before (the forecast knows no more of those that
-- are due), and whether they were renewed: not terminated, and the client has ARR at the end of the month after.
with run as (select * from {{ ref('stg_run') }}),

ended as (
    select
        contracts.contract_id,
        links.client_id,
        contracts.starts_on,
        coalesce(contracts.terminated_on <= run.as_of_on and contracts.terminated_on < contracts.ends_on, false) as is_terminated,
        case when contracts.terminated_on <= run.as_of_on then least(contracts.terminated_on, contracts.ends_on) else contracts.ends_on end
            as ended_on
    from {{ ref('stg_contracts') }} as contracts
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = contracts.account_id
    cross join run
),

dated as (
    select
        ended.*,
        {{ add_months(month_start('ended.ended_on'), 1) }} as month_after,
        {{ add_months(month_start('ended.ended_on'), '-' ~ parameter('renewal_history_months_before')) }} as known_month
    from ended
    cross join run
    where ended.ended_on >= ended.starts_on and {{ add_months(month_start('ended.ended_on'), 1) }} <= run.last_month
)

select
    dated.contract_id,
    dated.client_id,
    dated.ended_on,
    coalesce(tiers.tier, 'tail') as tier,
    coalesce(health.health_band, 'unknown') as health_band,
    not dated.is_terminated and coalesce(arr.arr_cc, 0) > 0 as is_renewed
from dated
left join {{ ref('int_tiers__by_client_and_month') }} as tiers
    on tiers.client_id = dated.client_id and tiers.month = dated.known_month
left join {{ ref('fct_client_health') }} as health
    on health.client_id = dated.client_id and health.as_of_on = {{ month_end('dated.known_month') }}
left join {{ ref('int_arr__by_client_and_month') }} as arr on arr.client_id = dated.client_id and arr.month = dated.month_after
