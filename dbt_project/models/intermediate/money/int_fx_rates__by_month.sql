select currency, {{ month_start('needed_on') }} as month, rate, rate_on from {{ ref('int_fx_rates') }} where purpose = 'month_end'
