-- Recognised by day: each month of a line is rounded to the cent, the last takes the rest, so that a line's months add up.
-- Months after the latest complete one are left out. Quantities go by day in the same way, to 6 decimals, without a rest.
with lines as (select * from {{ ref('int_invoice_lines') }}),

months as (select * from {{ ref('int_calendar') }}),

in_one_month as (
    select line_key, {{ month_start('recognised_from') }} as month, amount as revenue_local,
        cast(quantity as decimal(28, 6)) as quantity
    from lines
    where {{ month_start('recognised_from') }} = {{ month_start('recognised_to') }}
),

spread as (
    select
        lines.line_key,
        months.month,
        lines.amount,
        lines.quantity,
        months.month = {{ month_start('lines.recognised_to') }} as is_last_month,
        {{ days_between('lines.recognised_from', 'lines.recognised_to') }} + 1 as days_of_period,
        {{ days_between('greatest(months.month, lines.recognised_from)', 'least(months.last_day, lines.recognised_to)') }} + 1 as days
    from lines
    inner join months
        on months.month >= {{ month_start('lines.recognised_from') }} and months.month <= lines.recognised_to
    where {{ month_start('lines.recognised_from') }} < {{ month_start('lines.recognised_to') }}
),

rounded as (
    select
        *,
        {{ from_units(div_round(as_units('amount', 2) ~ ' * days', 'days_of_period'), 2) }} as rounded_local
    from spread
),

with_rest as (
    select
        line_key,
        month,
        case
            when is_last_month then amount - (sum(rounded_local) over (partition by line_key) - rounded_local)
            else rounded_local
        end as revenue_local,
        {{ from_units(div_round(as_units('quantity', 6) ~ ' * days', 'days_of_period'), 6) }} as quantity
    from rounded
),

united as (
    select line_key, month, cast(revenue_local as decimal(18, 2)) as revenue_local, quantity from in_one_month
    union all
    select line_key, month, cast(revenue_local as decimal(18, 2)) as revenue_local, cast(quantity as decimal(28, 6)) as quantity
    from with_rest
)

select united.line_key, united.month, united.revenue_local, united.quantity
from united
cross join {{ ref('stg_run') }} as run
where united.month <= run.last_month
