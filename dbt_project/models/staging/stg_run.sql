select
    as_of_on,
    cast({{ to_utc(add_days('as_of_on', 1), 'company_time_zone') }} as timestamp) as as_of_end_at,
    {{ add_months(month_start(add_days('as_of_on', 1)), -1) }} as last_month,
    {{ month_end(add_months(month_start(add_days('as_of_on', 1)), -1)) }} as last_day,
    reporting_currency,
    fx_baseline_on,
    fiscal_year_start_month,
    company_time_zone,
    fx_source
from {{ source('lake', 'run_settings') }}
