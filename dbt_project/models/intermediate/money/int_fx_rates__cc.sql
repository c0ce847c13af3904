select currency, rate, rate_on, problem from {{ ref('int_fx_rates') }} where purpose = 'baseline'
