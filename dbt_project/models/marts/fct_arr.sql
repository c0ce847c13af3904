select
    arr.client_id,
    arr.month,
    arr.currency,
    arr.arr_local,
    arr.recurring_arr_local,
    arr.usage_arr_local,
    cast(round(arr.arr_local * cc.rate, 2) as decimal(18, 2)) as arr_cc,
    cast(round(arr.arr_local * monthly.rate, 2) as decimal(18, 2)) as arr_reported,
    arr.is_provisional
from {{ ref('int_arr__by_client_currency_and_month') }} as arr
left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = arr.currency
left join {{ ref('int_fx_rates__by_month') }} as monthly
    on monthly.currency = arr.currency and monthly.month = arr.month
where arr.arr_local > 0
