select
    {{ unique_id('order_id') }},
    found_account_id as account_id,
    opened_on,
    closed_on,
    openings,
    _source || ':' || order_id as order_key,
    {{ lineage() }}
from {{ present_rows(rows_with_account('job_orders'), ['_source', 'order_id']) }} as present
