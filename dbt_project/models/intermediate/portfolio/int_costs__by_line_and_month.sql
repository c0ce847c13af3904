-- The cost of a line goes to its months as its revenue does: by day, to the cent, the last month taking the rest.
with lines as (select * from {{ ref('int_invoice_lines') }} where cost is not null),

in_one_month as (
    select line_key, {{ month_start('recognised_from') }} as month, cost as cost_local
    from lines
    where {{ month_start('recognised_from') }} = {{ month_start('recognised_to') }}
),

spread as (
    select
        lines.line_key,
        months.month,
        lines.cost,
        months.month = {{ month_start('lines.recognised_to') }} as is_last_month,
        {{ days_between('lines.recognised_from', 'lines.recognised_to') }} + 1 as days_of_period,
        {{ days_between('greatest(months.month, lines.recognised_from)', 'least(months.last_day, lines.recognised_to)') }} + 1 as days
    from lines
    inner join {{ ref('int_calendar') }} as months
        on months.month >= {{ month_start('lines.recognised_from') }} and months.month <= lines.recognised_to
    where {{ month_start('lines.recognised_from') }} < {{ month_start('lines.recognised_to') }}
),

rounded as (
    select *, {{ from_units(div_round(as_units('cost', 2) ~ ' * days', 'days_of_period'), 2) }} as rounded_local from spread
)

select
    line_key,
    month,
    cast(case
        when is_last_month then cost - (sum(rounded_local) over (partition by line_key) - rounded_local)
        else rounded_local
    end as decimal(18, 2)) as cost_local
from rounded
union all
select in_one_month.line_key, in_one_month.month, in_one_month.cost_local
from in_one_month
inner join {{ ref('int_calendar') }} as months on months.month = in_one_month.month
