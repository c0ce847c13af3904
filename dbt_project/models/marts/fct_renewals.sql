with run as (select * from {{ ref('stg_run') }}),

due as (
    select
        contracts.contract_id,
        links.client_id,
        contracts.ends_on,
        {{ days_between('run.as_of_on', 'contracts.ends_on') }} as days_to_end,
        cast(round(contracts.value * cc.rate, 2) as decimal(18, 2)) as value_cc
    from {{ ref('stg_contracts') }} as contracts
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = contracts.account_id
    inner join {{ ref('int_clients') }} as clients on clients.client_id = links.client_id
    left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = coalesce(contracts.currency, clients.billing_currency)
    cross join run
    where contracts.starts_on <= run.as_of_on
        and coalesce(contracts.terminated_on > run.as_of_on, true)
        and contracts.ends_on >= run.as_of_on
        and {{ days_between('run.as_of_on', 'contracts.ends_on') }} <= {{ parameter('renewal_days_ahead') }}
),

covered_clients as (
    select distinct opportunities.client_id
    from {{ ref('int_opportunities') }} as opportunities
    cross join run
    where opportunities.type = 'renewal'
        and (
            {{ is_open_at('opportunities', 'run.as_of_on') }}
            or {{ is_won_within('opportunities', add_days('run.as_of_on', '1 - ' ~ parameter('renewal_won_days')), 'run.as_of_on') }}
        )
),

known as (
    select
        due.*,
        owners.am_id,
        case
            when covered_clients.client_id is not null then 'covered'
            when due.days_to_end >= {{ parameter('renewal_open_now_days') }} then 'open_now'
            else 'late'
        end as renewal_status,
        coalesce(tiers.tier, 'tail') as tier,
        coalesce(health.health_band, 'unknown') as health_band
    from due
    cross join run
    left join {{ ref('int_owners__at_as_of') }} as owners on owners.client_id = due.client_id
    left join covered_clients on covered_clients.client_id = due.client_id
    left join {{ ref('int_tiers__by_client_and_month') }} as tiers on tiers.client_id = due.client_id and tiers.month = run.last_month
    left join {{ ref('fct_client_health') }} as health on health.client_id = due.client_id and health.as_of_on = run.as_of_on
)

select
    known.contract_id,
    known.client_id,
    known.am_id,
    known.ends_on,
    known.days_to_end,
    known.value_cc,
    known.renewal_status,
    known.tier,
    known.health_band,
    rates.renewal_rate,
    cast(round(known.value_cc * rates.renewal_rate, 2) as decimal(18, 2)) as forecast_cc,
    cast(round(known.value_cc * coalesce(rates.renewal_rate_low, 0), 2) as decimal(18, 2)) as forecast_low_cc,
    cast(round(known.value_cc * coalesce(rates.renewal_rate_high, 1), 2) as decimal(18, 2)) as forecast_high_cc
from known
left join {{ ref('int_renewal_rates__by_tier_and_band') }} as rates
    on rates.tier = known.tier and rates.health_band = known.health_band
