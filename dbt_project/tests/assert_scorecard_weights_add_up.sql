-- A weight that was changed alone makes every coverage, and with it who is rated, mean something else.
{{ config(severity='warn') }}
with totals as (
    select month, sum(weight) as weight
    from {{ policy_by_month('scorecard_weights', ['metric']) }} as policy
    group by month
)

select 'the scorecard weights in force in ' || cast(month as varchar) || ' add up to ' || cast(weight as varchar)
    || ', not to 1: see policy/scorecard_weights.csv' as message
from totals
where weight <> 1
