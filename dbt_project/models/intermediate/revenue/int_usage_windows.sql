-- The months in which a client-currency has usage ARR, and n: the months that its run-rate looks back on (at most 3, fewer
-- while usage has just begun, or begun again after 3 months without). `source_month` is the month whose window is taken: in the
-- latest complete month that is the month before, where its hours are not billed yet.
{% set window_months = usage_window_months() %}
with billed as (
    select client_id, currency, month
    from {{ ref('int_revenue__by_cell_and_month') }}
    where revenue_type = 'usage'
    group by client_id, currency, month
    having sum(revenue_local) <> 0
),

with_previous as (
    select
        *,
        lag(month, 1) over (partition by client_id, currency order by month asc nulls last) as previous_month
    from billed
),

beginnings as (
    select client_id, currency, month as began_month
    from with_previous
    where previous_month is null or {{ months_between('previous_month', 'month') }} > {{ window_months }}
),

stays as (
    select
        client_id,
        currency,
        began_month,
        coalesce(
            lead(began_month, 1) over (partition by client_id, currency order by began_month asc nulls last), date '9999-01-01'
        ) as next_began_month
    from beginnings
),

covered as (
    select distinct billed.client_id, billed.currency, {{ add_months('billed.month', 'offsets.month_offset') }} as month
    from billed
    cross join (
        {% for n in range(window_months) %}select {{ n }} as month_offset{% if not loop.last %} union all {% endif %}{% endfor %}
    ) as offsets
),

windows as (
    select
        covered.client_id,
        covered.currency,
        covered.month,
        least({{ window_months }}, {{ months_between('stays.began_month', 'covered.month') }} + 1) as window_months
    from covered
    inner join stays
        on stays.client_id = covered.client_id
        and stays.currency = covered.currency
        and covered.month >= stays.began_month
        and covered.month < stays.next_began_month
),

unbilled as (
    select previous.client_id, previous.currency
    from billed as previous
    cross join {{ ref('stg_run') }} as run
    left join billed as latest
        on latest.client_id = previous.client_id and latest.currency = previous.currency and latest.month = run.last_month
    where previous.month = {{ add_months('run.last_month', -1) }} and latest.month is null
)

select windows.client_id, windows.currency, windows.month, windows.month as source_month, windows.window_months,
    false as is_provisional
from windows
cross join {{ ref('stg_run') }} as run
left join unbilled on unbilled.client_id = windows.client_id and unbilled.currency = windows.currency
where windows.month < run.last_month or (windows.month = run.last_month and unbilled.client_id is null)
union all
select windows.client_id, windows.currency, run.last_month as month, windows.month as source_month, windows.window_months,
    true as is_provisional
from windows
cross join {{ ref('stg_run') }} as run
inner join unbilled on unbilled.client_id = windows.client_id and unbilled.currency = windows.currency
where windows.month = {{ add_months('run.last_month', -1) }}
