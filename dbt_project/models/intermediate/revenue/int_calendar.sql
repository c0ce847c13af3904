-- Every month that a service period touches, up to the latest complete one (service may begin before the first invoice).
with bounds as (
    select
        {{ month_start('coalesce(min(lines.recognised_from), max(run.last_month))') }} as first_month,
        max(run.last_month) as last_month
    from {{ ref('stg_run') }} as run
    left join {{ ref('int_invoice_lines') }} as lines on 1 = 1
),

months as (
    select {{ month_series('first_month', 'last_month') }} as month from bounds
)

select month, {{ month_end('month') }} as last_day from months
