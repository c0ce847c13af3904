-- Invoices that count, with the sum of their lines. A payment after the run's day is not known of yet. An invoice marked as paid
-- without the day of its payment is settled, but says nothing of promptness.
with run as (select * from {{ ref('stg_run') }}),

totals as (
    select invoice_key, client_id, sum(amount) as total_local
    from {{ ref('int_invoice_lines') }}
    group by invoice_key, client_id
)

select
    invoices.invoice_id,
    invoices.invoice_key,
    invoices.account_id,
    links.client_id,
    invoices.kind,
    invoices.status,
    invoices.currency,
    invoices.issued_on,
    invoices.due_on,
    case when invoices.paid_on <= run.as_of_on then invoices.paid_on end as paid_on,
    invoices.status = 'paid' and invoices.paid_on is null as is_paid_undated,
    coalesce(invoices.in_collections, false) as in_collections,
    cast(coalesce(totals.total_local, 0) as decimal(18, 2)) as total_local,
    cast(round(coalesce(totals.total_local, 0) * cc.rate, 2) as decimal(18, 2)) as total_cc,
    invoices._source,
    invoices._file_name,
    invoices._line_number
from {{ ref('stg_invoices') }} as invoices
inner join {{ ref('int_clients__by_account') }} as links on links.account_id = invoices.account_id
cross join run
left join totals on totals.invoice_key = invoices.invoice_key
left join {{ ref('int_fx_rates__cc') }} as cc on cc.currency = invoices.currency
where invoices.status not in ('draft', 'void') and invoices.issued_on <= run.as_of_on
