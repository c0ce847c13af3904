with run as (select * from {{ ref('stg_run') }}),

quotations as (
    select
        currency,
        rate_on,
        lead(rate_on, 1) over (partition by currency order by rate_on asc nulls last) as next_rate_on,
        per_eur
    from {{ ref('stg_fx_rates') }}
    union all
    select 'EUR' as currency, date '0001-01-01' as rate_on, cast(null as date) as next_rate_on, cast(1 as decimal(18, 8)) as per_eur
),

days as (
    select 'opening' as point, {{ add_days(quarter_start('last_month'), -1) }} as needed_on from run
    union all
    select 'closing' as point, last_day as needed_on from run
),

standing as (
    select days.point, quotations.currency, quotations.per_eur
    from days
    inner join quotations
        on quotations.rate_on <= days.needed_on and (quotations.next_rate_on is null or quotations.next_rate_on > days.needed_on)
),

rates as (
    select
        source_leg.point,
        source_leg.currency,
        {{ from_units(div_round(as_units('target_leg.per_eur', 8) ~ ' * 10000000000', as_units('source_leg.per_eur', 8)), 10, 38) }} as rate
    from standing as source_leg
    cross join run
    inner join standing as target_leg on target_leg.point = source_leg.point and target_leg.currency = run.reporting_currency
),

moves as (
    select
        opening.currency,
        cast({{ from_units(div_round(as_units('closing.rate - opening.rate', 10) ~ ' * 100000000', as_units('opening.rate', 10)), 8, 28) }}
            as decimal(28, 8)) as move_rate
    from rates as opening
    inner join rates as closing on closing.currency = opening.currency and closing.point = 'closing'
    where opening.point = 'opening'
),

moved_clients as (
    select
        clients.client_id,
        cast(null as string) as contract_id,
        'currency_move' as flag,
        clients.billing_currency as currency,
        moves.move_rate,
        arr.arr_cc as value_cc
    from {{ ref('int_clients') }} as clients
    cross join run
    inner join moves on moves.currency = clients.billing_currency
    inner join {{ ref('int_arr__by_client_and_month') }} as arr
        on arr.client_id = clients.client_id and arr.month = run.last_month and arr.arr_cc > 0
    where clients.billing_currency <> run.reporting_currency
        and abs(moves.move_rate) > {{ parameter('fx_move_flag_rate') }}
),

unprotected_contracts as (
    select
        links.client_id,
        contracts.contract_id,
        'missing_fx_clause' as flag,
        contracts.currency,
        cast(null as decimal(28, 8)) as move_rate,
        cast(round(contracts.value * cc.rate, 2) as decimal(18, 2)) as value_cc
    from {{ ref('stg_contracts') }} as contracts
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = contracts.account_id
    inner join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = contracts.currency
    cross join run
    where contracts.currency <> run.reporting_currency
        and not coalesce(contracts.has_fx_clause, false)
        and contracts.starts_on <= run.as_of_on
        and contracts.ends_on >= run.as_of_on
        and (contracts.terminated_on is null or contracts.terminated_on > run.as_of_on)
        and round(contracts.value * cc.rate, 2) > {{ parameter('fx_contract_flag_value') }}
)

select client_id, contract_id, flag, currency, move_rate, value_cc from moved_clients
union all
select client_id, contract_id, flag, currency, move_rate, value_cc from unprotected_contracts
