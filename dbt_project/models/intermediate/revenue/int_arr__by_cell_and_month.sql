-- ARR in local currency to 6 decimals, with the quantity behind it, by client, currency, month and cell (revenue type, country,
-- division, service line, job family). Recurring balances come from start and end events and a running sum: a row a line and
-- month costs four times as much at 20 million lines.
{% set cell = ['client_id', 'currency', 'country', 'division', 'service_line', 'job_family'] %}
{% set window_months = usage_window_months() %}
with run as (select * from {{ ref('stg_run') }}),

recurring_lines as (
    select *, {{ month_start('service_start') }} as from_month, {{ month_start(add_days('service_end', 1)) }} as until_month
    from {{ ref('int_invoice_lines') }}
    where revenue_type = 'recurring'
),

events as (
    select {{ cell | join(', ') }}, from_month as month, monthly_rate as rate_change, coalesce(quantity, 0) as quantity_change,
        case when quantity is null then 0 else 1 end as counted_change, 1 as line_change
    from recurring_lines
    where from_month < until_month
    union all
    select {{ cell | join(', ') }}, until_month as month, -monthly_rate as rate_change, -coalesce(quantity, 0) as quantity_change,
        case when quantity is null then 0 else -1 end as counted_change, -1 as line_change
    from recurring_lines
    where from_month < until_month
),

changes as (
    select {{ cell | join(', ') }}, month, sum(rate_change) as rate_change, sum(quantity_change) as quantity_change,
        sum(counted_change) as counted_change, sum(line_change) as line_change
    from events
    group by {{ cell | join(', ') }}, month
),

balances as (
    select
        {{ cell | join(', ') }},
        month as from_month,
        coalesce(
            lead(month, 1) over (partition by {{ cell | join(', ') }} order by month asc nulls last), date '9999-01-01'
        ) as until_month,
        sum(rate_change) over (partition by {{ cell | join(', ') }} order by month asc nulls last) as monthly_rate,
        sum(quantity_change) over (partition by {{ cell | join(', ') }} order by month asc nulls last) as quantity,
        sum(counted_change) over (partition by {{ cell | join(', ') }} order by month asc nulls last) as counted_lines,
        sum(line_change) over (partition by {{ cell | join(', ') }} order by month asc nulls last) as lines
    from changes
),

recurring as (
    select
        {% for column in cell %}balances.{{ column }}, {% endfor %}
        'recurring' as revenue_type,
        calendar.month,
        cast(balances.monthly_rate * 12 as decimal(28, 6)) as arr_local,
        cast(case when balances.counted_lines > 0 then balances.quantity end as decimal(28, 6)) as quantity,
        false as is_provisional
    from balances
    inner join {{ ref('int_calendar') }} as calendar
        on calendar.month >= balances.from_month and calendar.month < balances.until_month
    where balances.lines > 0
),

-- Each cell in all the months whose window reaches back to it: equal months join faster than a range of them.
usage_cells as (
    {% for n in range(window_months) %}
    select {{ cell | join(', ') }}, revenue_local, quantity, {{ add_months('month', n) }} as source_month, {{ n }} as months_back
    from {{ ref('int_revenue__by_cell_and_month') }}
    where revenue_type = 'usage'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

usage as (
    select
        {% for column in cell %}usage_cells.{{ column }}, {% endfor %}
        'usage' as revenue_type,
        windows.month,
        {{ from_units(div_round(as_units('sum(usage_cells.revenue_local)', 2) ~ ' * 12 * 10000', 'max(windows.window_months)'), 6) }}
            as arr_local,
        {{ from_units(div_round(as_units('sum(usage_cells.quantity)', 6) ~ ' * 12', 'max(windows.window_months)'), 6) }}
            as quantity,
        bool_or(windows.is_provisional) as is_provisional
    from {{ ref('int_usage_windows') }} as windows
    inner join usage_cells
        on usage_cells.client_id = windows.client_id
        and usage_cells.currency = windows.currency
        and usage_cells.source_month = windows.source_month
    where usage_cells.months_back < windows.window_months
    group by {% for column in cell %}usage_cells.{{ column }}, {% endfor %} windows.month
)

select {{ cell | join(', ') }}, revenue_type, month, arr_local, quantity, is_provisional from recurring
union all
select {{ cell | join(', ') }}, revenue_type, month, arr_local, quantity, is_provisional from usage
