with due as (
    select
        tier,
        health_band,
        count(*) as contracts_due,
        sum(value_cc) as value_cc,
        sum(forecast_cc) as forecast_cc,
        sum(forecast_low_cc) as forecast_low_cc,
        sum(forecast_high_cc) as forecast_high_cc
    from {{ ref('fct_renewals') }}
    group by tier, health_band
),

cells as (
    select tier, health_band from due
    union
    select tier, health_band from {{ ref('int_renewal_rates__by_tier_and_band') }}
)

select
    cells.tier,
    cells.health_band,
    coalesce(rates.contracts_ended, cast(0 as bigint)) as contracts_ended,
    coalesce(rates.contracts_renewed, cast(0 as bigint)) as contracts_renewed,
    rates.renewal_rate,
    rates.renewal_rate_low,
    rates.renewal_rate_high,
    cast(coalesce(due.contracts_due, 0) as bigint) as contracts_due,
    cast(coalesce(due.value_cc, 0) as decimal(18, 2)) as value_cc,
    cast(case when due.tier is null then 0 else due.forecast_cc end as decimal(18, 2)) as forecast_cc,
    cast(coalesce(due.forecast_low_cc, 0) as decimal(18, 2)) as forecast_low_cc,
    cast(coalesce(due.forecast_high_cc, 0) as decimal(18, 2)) as forecast_high_cc
from cells
left join due on due.tier = cells.tier and due.health_band = cells.health_band
left join {{ ref('int_renewal_rates__by_tier_and_band') }} as rates
    on rates.tier = cells.tier and rates.health_band = cells.health_band
