-- A period shifted by a month keeps every total right and every month wrong.
select 'line ' || lines.line_id || ' runs from ' || cast(lines.service_start as string) || ' to ' || cast(lines.service_end as string)
    || ', its export says ' || cast(exported.service_start as string) || ' to ' || cast(exported.service_end as string) as message
from {{ ref('int_invoice_lines') }} as lines
inner join {{ ref('stg_invoice_lines') }} as exported on exported.line_key = lines.line_key
where exported.service_start is not null and exported.service_end is not null
    and (lines.service_start <> exported.service_start or lines.service_end <> exported.service_end)
union all
select 'line ' || lines.line_id || ' recognises revenue in ' || cast(revenue.month as string) || ', outside its period' as message
from {{ ref('int_revenue__by_line_and_month') }} as revenue
inner join {{ ref('int_invoice_lines') }} as lines on lines.line_key = revenue.line_key
where revenue.month < {{ month_start('lines.recognised_from') }} or revenue.month > lines.recognised_to
