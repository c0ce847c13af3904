-- Every period that ends in a complete month, and the last month end before it begins (a week that begins on the first of a
-- month or within it: the end of the month before).
with bounds as (
    select min(month) as first_day, max(last_day) as last_day from {{ ref('int_months') }}
),

days as (
    select {{ day_series('first_day', 'last_day') }} as ends_on from bounds
),

periods as (
    select 'week' as period_kind, {{ add_days('ends_on', -6) }} as starts_on, ends_on
    from days
    where ends_on = {{ add_days(week_start('ends_on'), 6) }}
    union all
    select 'two_weeks' as period_kind, {{ add_days('ends_on', -13) }} as starts_on, ends_on
    from days
    where ends_on = {{ add_days(two_weeks_start('ends_on'), 13) }}
    union all
    select 'month' as period_kind, {{ month_start('ends_on') }} as starts_on, ends_on
    from days
    where ends_on = {{ month_end('ends_on') }}
    union all
    select 'quarter' as period_kind, {{ quarter_start('ends_on') }} as starts_on, ends_on
    from days
    where ends_on = {{ month_end(add_months(quarter_start('ends_on'), 2)) }}
    union all
    select 'half_year' as period_kind, {{ half_year_start('ends_on') }} as starts_on, ends_on
    from days
    where ends_on = {{ month_end(add_months(half_year_start('ends_on'), 5)) }}
)

select
    period_kind,
    starts_on,
    ends_on,
    {{ month_start('ends_on') }} as month,
    {{ add_months(month_start('starts_on'), -1) }} as month_before
from periods
