select
    {{ unique_id('invoice_id') }},
    _source || ':' || invoice_id as invoice_key,
    account_id,
    kind,
    status,
    currency,
    issued_on,
    due_on,
    paid_on,
    in_collections,
    credits_invoice_id,
    reason,
    _load_seq,
    {{ lineage() }}
from {{ present_rows(ref('int_invoice_candidates'), ['_source', 'invoice_id']) }} as present
