-- Last month's rate in this month's column looks plausible, and moves a bonus: each conversion is done again here.
with converted as (
    select client_id, month, currency, arr_local as amount, arr_cc as amount_cc, arr_reported as amount_reported, 'ARR' as kind
    from {{ ref('fct_arr') }}
    union all
    select client_id, month, currency, revenue_local as amount, revenue_cc as amount_cc, revenue_reported as amount_reported, 'revenue' as kind
    from {{ ref('fct_revenue') }}
),

rates as (select * from {{ ref('int_fx_rates__by_month') }}),

baseline as (select * from {{ ref('int_fx_rates__cc') }})

select converted.kind || ' of client ' || converted.client_id || ' in ' || cast(converted.month as string) || ': '
    || cast(converted.amount as string) || ' ' || converted.currency || ' is not '
    || coalesce(cast(converted.amount_reported as string), 'unknown') || ' at the rate of the month''s end, or not '
    || coalesce(cast(converted.amount_cc as string), 'unknown') || ' at the baseline' as message
from converted
left join rates on rates.currency = converted.currency and rates.month = converted.month
left join baseline on baseline.currency = converted.currency
where converted.amount_reported is distinct from cast(round(converted.amount * rates.rate, 2) as decimal(18, 2))
    or converted.amount_cc is distinct from cast(round(converted.amount * baseline.rate, 2) as decimal(18, 2))
    or rates.rate_on > {{ month_end('converted.month') }}
    or {{ days_between('rates.rate_on', month_end('converted.month')) }} > 7
