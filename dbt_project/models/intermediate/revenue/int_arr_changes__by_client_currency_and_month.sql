-- Both ends of every month in which a client had ARR in a currency at one of them. Business at the opening rate, the FX effect on
-- the closing balance; a currency without a balance at the start has its change at the closing rate, so no FX effect.
with arr as (select * from {{ ref('int_arr__by_client_currency_and_month') }} where arr_local > 0),

ends as (
    select client_id, currency, month, arr_local as end_local, cast(0 as decimal(18, 2)) as start_local from arr
    union all
    select client_id, currency, {{ add_months('month', 1) }} as month, cast(0 as decimal(18, 2)) as end_local,
        arr_local as start_local
    from arr
),

paired as (
    select ends.client_id, ends.currency, ends.month, cast(sum(ends.start_local) as decimal(18, 2)) as start_local,
        cast(sum(ends.end_local) as decimal(18, 2)) as end_local
    from ends
    cross join {{ ref('stg_run') }} as run
    where ends.month <= run.last_month
    group by ends.client_id, ends.currency, ends.month
),

converted as (
    select
        paired.*,
        round(paired.start_local * cc.rate, 2) as start_cc,
        round(paired.end_local * cc.rate, 2) as end_cc,
        case when paired.start_local > 0 then round(paired.start_local * opening.rate, 2) else 0 end as start_reported,
        case when paired.end_local > 0 then round(paired.end_local * closing.rate, 2) else 0 end as end_reported,
        case
            when paired.start_local > 0 then round((paired.end_local - paired.start_local) * opening.rate, 2)
            else round(paired.end_local * closing.rate, 2)
        end as change_reported
    from paired
    left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = paired.currency
    left join {{ ref('int_fx_rates__by_month') }} as closing
        on closing.currency = paired.currency and closing.month = paired.month
    left join {{ ref('int_fx_rates__by_month') }} as opening
        on opening.currency = paired.currency and opening.month = {{ add_months('paired.month', -1) }}
)

select
    client_id,
    currency,
    month,
    start_local,
    end_local,
    cast(start_cc as decimal(18, 2)) as start_cc,
    cast(end_cc as decimal(18, 2)) as end_cc,
    cast(start_reported as decimal(18, 2)) as start_reported,
    cast(end_reported as decimal(18, 2)) as end_reported,
    cast(change_reported as decimal(18, 2)) as change_reported,
    cast(end_reported - start_reported - change_reported as decimal(18, 2)) as fx_effect_reported
from converted
