-- A rate only where an amount is converted: at month ends where there is revenue or ARR, at the baseline date for constant
-- currency. `problem` says why there is none; the test on it blocks the publication.
with run as (select * from {{ ref('stg_run') }}),

monthly as (
    select currency, month from {{ ref('int_revenue__by_cell_and_month') }} group by currency, month
    union
    select currency, month from {{ ref('int_arr__by_client_currency_and_month') }} where arr_local > 0
),

at_baseline as (
    select currency from monthly
    union
    select currency from {{ ref('int_invoice_lines') }}
    union
    select currency from {{ ref('stg_opportunities') }} where amount is not null and currency is not null
    union
    select currency from {{ ref('stg_contracts') }} where value is not null and currency is not null
    union
    select currency from {{ ref('stg_savings') }} where currency is not null
    union
    select category_spend_currency as currency from {{ ref('stg_accounts') }}
    where category_spend is not null and category_spend_currency is not null
    union
    select billing_currency as currency from {{ ref('stg_accounts') }} where billing_currency is not null
),

needed as (
    select currency, {{ month_end('month') }} as needed_on, 'month_end' as purpose from monthly
    union
    select at_baseline.currency, run.fx_baseline_on as needed_on, 'baseline' as purpose
    from at_baseline
    cross join run
),

legs as (
    select currency, needed_on from needed
    union
    select run.reporting_currency as currency, needed.needed_on
    from needed
    cross join run
    where needed.currency <> run.reporting_currency
),

quoted as (
    select
        currency,
        rate_on,
        lead(rate_on, 1) over (partition by currency order by rate_on asc nulls last) as next_rate_on,
        per_eur
    from {{ ref('stg_fx_rates') }}
),

euro_members as (select * from {{ ref('euro_conversion_rates') }}),

per_euro as (
    select
        legs.currency,
        legs.needed_on,
        case
            when legs.currency = 'EUR' then 1
            when legs.needed_on >= euro_members.valid_from then euro_members.per_eur
            else quoted.per_eur
        end as per_eur,
        case when legs.currency = 'EUR' or legs.needed_on >= euro_members.valid_from then legs.needed_on else quoted.rate_on end
            as rate_on
    from legs
    left join euro_members on euro_members.currency = legs.currency
    left join quoted
        on quoted.currency = legs.currency
        and quoted.rate_on <= legs.needed_on
        and (quoted.next_rate_on is null or quoted.next_rate_on > legs.needed_on)
),

judged as (
    select
        currency,
        needed_on,
        per_eur,
        rate_on,
        case
            when rate_on is null then 'no rate for ' || currency || ' on ' || cast(needed_on as string) || ': it was never quoted by then'
            when {{ days_between('rate_on', 'needed_on') }} > {{ parameter('fx_max_age_days') }}
                then 'no rate for ' || currency || ' on ' || cast(needed_on as string) || ': the last one is of '
                    || cast(rate_on as string) || ', ' || cast({{ days_between('rate_on', 'needed_on') }} as string) || ' days before'
        end as problem
    from per_euro
)

select
    needed.currency,
    needed.needed_on,
    needed.purpose,
    cast(case
        when needed.currency = run.reporting_currency then 1
        when source_leg.problem is not null or target_leg.problem is not null then null
        else {{ from_units(div_round(as_units('target_leg.per_eur', 8) ~ ' * 10000000000', as_units('source_leg.per_eur', 8)), 10, 38) }}
    end as decimal(28, 10)) as rate,
    case when needed.currency = run.reporting_currency then needed.needed_on else least(source_leg.rate_on, target_leg.rate_on) end
        as rate_on,
    case when needed.currency <> run.reporting_currency then coalesce(source_leg.problem, target_leg.problem) end as problem
from needed
cross join run
left join judged as source_leg
    on source_leg.currency = needed.currency and source_leg.needed_on = needed.needed_on
left join judged as target_leg
    on target_leg.currency = run.reporting_currency and target_leg.needed_on = needed.needed_on
