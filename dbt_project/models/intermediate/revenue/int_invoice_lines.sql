-- Lines that count: of invoices that are neither draft nor void, issued by as_of. Period, revenue type and monthly rate here.
with run as (select * from {{ ref('stg_run') }}),

lines as (select * from {{ ref('stg_invoice_lines') }}),

invoices as (select * from {{ ref('stg_invoices') }}),

products as (select product_id, max(name) as name from {{ source('lake', 'products') }} group by product_id),

types as (select * from {{ ref('int_product_types') }}),

-- The first candidate that the mappings know, else the first that is there.
named as (
    select
        lines.*,
        coalesce(
            case when type_0.product_key is not null then products.name end,
            case when type_1.product_key is not null then lines.product end,
            case when type_2.product_key is not null then lines.product_2 end,
            case when type_3.product_key is not null then lines.product_3 end,
            case when type_4.product_key is not null then lines.product_4 end,
            products.name, lines.product, lines.product_2, lines.product_3, lines.product_4
        ) as found_product,
        coalesce(
            type_0.revenue_type, type_1.revenue_type, type_2.revenue_type, type_3.revenue_type, type_4.revenue_type
        ) as mapped_type
    from lines
    left join products on products.product_id = lines.product_ref
    left join types as type_0 on type_0.product_key = lower(trim(products.name))
    left join types as type_1 on type_1.product_key = lower(trim(lines.product))
    left join types as type_2 on type_2.product_key = lower(trim(lines.product_2))
    left join types as type_3 on type_3.product_key = lower(trim(lines.product_3))
    left join types as type_4 on type_4.product_key = lower(trim(lines.product_4))
),

-- Only the lines that are credited: few, so that joining them does not cost a table of all lines.
credited as (
    select line_key, found_product, mapped_type, service_start, service_end, division, country, service_line, job_family
    from named
    where line_key in (select credits_line_key from lines where credits_line_key is not null)
),

-- A credit line without a period of its own takes that of the line it credits, whatever that invoice's status.
joined as (
    select
        lines.line_id,
        lines.line_key,
        invoices.invoice_id,
        invoices.invoice_key,
        invoices.kind,
        invoices.issued_on,
        invoices.currency,
        invoices.account_id,
        clients.client_id,
        coalesce(case when lines.product is null then credited.found_product end, lines.found_product) as product,
        coalesce(case when lines.product is null then credited.mapped_type end, lines.mapped_type) as mapped_type,
        effects.effect as credit_effect,
        lines.amount,
        lines.quantity,
        lines.cost,
        case
            when lines.service_start is not null and lines.service_end is not null then lines.service_start
            else case when credited.service_end is not null then credited.service_start end
        end as service_start,
        case
            when lines.service_start is not null and lines.service_end is not null then lines.service_end
            else case when credited.service_start is not null then credited.service_end end
        end as service_end,
        case when lines.is_document_line then coalesce(lines.division, credited.division) else lines.division end as division,
        case when lines.is_document_line then coalesce(lines.country, credited.country) else lines.country end as country,
        case when lines.is_document_line then coalesce(lines.service_line, credited.service_line) else lines.service_line end
            as service_line,
        case when lines.is_document_line then coalesce(lines.job_family, credited.job_family) else lines.job_family end
            as job_family,
        lines._source,
        lines._file_name,
        lines._line_number
    from named as lines
    inner join invoices on invoices.invoice_key = lines.invoice_key
    inner join {{ ref('int_clients__by_account') }} as clients on clients.account_id = invoices.account_id
    left join credited on credited.line_key = lines.credits_line_key
    left join {{ ref('int_credit_effects') }} as effects
        on invoices.kind = 'credit_note' and effects.reason_key = lower(trim(invoices.reason))
    cross join run
    where invoices.status not in ('draft', 'void') and invoices.issued_on <= run.as_of_on
),

typed as (
    select
        *,
        case
            when coalesce(credit_effect, '') = 'goodwill' then 'one_off'
            when mapped_type is null then 'one_off'
            when service_start is null then 'one_off'
            else mapped_type
        end as revenue_type,
        mapped_type is null as is_product_unmapped,
        coalesce(mapped_type, 'one_off') <> 'one_off' and coalesce(credit_effect, '') <> 'goodwill'
            and service_start is null as is_period_missing,
        coalesce(service_start, issued_on) as recognised_from,
        coalesce(service_end, issued_on) as recognised_to
    from joined
),

-- The period in months: w whole ones, and r of the d days of the next (see the metric book, 3). Lines share their periods: each is
-- measured once.
stepped as (
    select
        service_start,
        service_end,
        {{ add_days('service_end', 1) }} as period_end,
        {{ months_between('service_start', add_days('service_end', 1)) }} as month_difference
    from (
        select distinct service_start, service_end from lines where service_start is not null and service_end is not null
    ) as distinct_periods
),

measured as (
    select
        *,
        {{ add_months('service_start', 'month_difference') }} as clamped,
        {{ add_months('service_start', 'month_difference - 1') }} as clamped_before,
        {{ add_months('service_start', 'month_difference + 1') }} as clamped_after
    from stepped
),

lengths as (
    select
        *,
        case
            when clamped = period_end then month_difference
            when service_start = {{ month_end('service_start') }} and period_end >= clamped then month_difference
            when extract(day from period_end) = 1 and extract(day from clamped_before) < extract(day from service_start)
                then month_difference - 1
        end as whole_months
    from measured
),

periods as (
    select
        service_start,
        service_end,
        coalesce(whole_months, case when clamped <= period_end then month_difference else month_difference - 1 end) as months_w,
        case
            when whole_months is not null then 0
            when clamped <= period_end then {{ days_between('clamped', 'period_end') }}
            else {{ days_between('clamped_before', 'period_end') }}
        end as days_r,
        case
            when whole_months is not null then 1
            when clamped <= period_end then {{ days_between('clamped', 'clamped_after') }}
            else {{ days_between('clamped_before', 'clamped') }}
        end as step_days_d
    from lengths
)

select
    typed.line_id,
    typed.line_key,
    typed.invoice_id,
    typed.invoice_key,
    typed.kind,
    typed.issued_on,
    typed.currency,
    typed.account_id,
    typed.client_id,
    typed.product,
    typed.revenue_type,
    typed.credit_effect,
    typed.is_product_unmapped,
    typed.is_period_missing,
    cast(typed.amount as decimal(18, 2)) as amount,
    typed.quantity,
    cast(typed.cost as decimal(18, 2)) as cost,
    typed.service_start,
    typed.service_end,
    typed.recognised_from,
    typed.recognised_to,
    periods.months_w,
    periods.days_r,
    periods.step_days_d,
    case
        when typed.revenue_type = 'recurring' then {{ from_units(
            div_round(
                as_units('typed.amount', 2) ~ ' * 10000 * periods.step_days_d',
                'periods.months_w * periods.step_days_d + periods.days_r'
            ), 6
        ) }}
    end as monthly_rate,
    typed.division,
    typed.country,
    typed.service_line,
    typed.job_family,
    typed._source,
    typed._file_name,
    typed._line_number
from typed
left join periods on periods.service_start = typed.service_start and periods.service_end = typed.service_end
