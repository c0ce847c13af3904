-- Of lines whose period is over, the months must add up to the amount exactly: rounding may move a cent, never lose it.
select 'line ' || lines.line_id || ' of ' || cast(lines.amount as string) || ' recognises '
    || coalesce(cast(sum(revenue.revenue_local) as string), 'nothing') as message
from {{ ref('int_invoice_lines') }} as lines
inner join {{ ref('stg_run') }} as run on lines.recognised_to <= run.last_day
left join {{ ref('int_revenue__by_line_and_month') }} as revenue on revenue.line_key = lines.line_key
group by lines.line_key, lines.line_id, lines.amount
having coalesce(sum(revenue.revenue_local), 0) <> lines.amount
