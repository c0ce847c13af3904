-- The time spine of the semantic layer, which wants days. Months are where numbers stand.
with bounds as (
    select min(month) as first_day, max(last_day) as last_day from {{ ref('int_months') }}
)

select {{ day_series('first_day', 'last_day') }} as day_on from bounds
