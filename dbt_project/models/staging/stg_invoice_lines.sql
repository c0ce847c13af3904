-- Systems that export whole documents replace an invoice's lines as a set: a line that the newer version lacks is gone.
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
from {{ present_rows("(select * from " ~ ref('int_invoice_line_candidates') ~ " as all_versions where not is_replaced)", ['_source', 'line_id']) }} as present
