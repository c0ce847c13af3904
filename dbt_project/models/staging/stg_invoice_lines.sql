-- Systems that export whole documents replace an invoice's lines as a set: a line that the newer version lacks is gone.
with candidates as (
    select
        lines.*,
        invoices.invoice_id as published_invoice_id,
        case
            when invoices.invoice_key is null then 'invoice ''' || lines.invoice_id || ''' does not exist or is in quarantine'
        end as refusal
    from {{ source('lake', 'invoice_lines') }} as lines
    left join {{ ref('stg_invoices') }} as invoices on invoices.invoice_key = lines._source || ':' || lines.invoice_id
    where not lines._is_document or invoices.invoice_key is null or lines._load_seq = invoices._load_seq
)

select
    {{ unique_id('line_id') }},
    _source || ':' || line_id as line_key,
    _source || ':' || credits_line_id as credits_line_key,
    _source || ':' || invoice_id as invoice_key,
    published_invoice_id as invoice_id,
    product,
    _product_ref as product_ref,
    _product_2 as product_2,
    _product_3 as product_3,
    _product_4 as product_4,
    quantity,
    amount,
    service_start,
    service_end,
    division,
    country,
    service_line,
    job_family,
    cost,
    _is_document as is_document_line,
    {{ lineage() }}
from {{ present_rows('candidates', ['_source', 'line_id']) }} as present
