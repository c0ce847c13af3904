select
    {{ unique_id('saving_id') }},
    found_account_id as account_id,
    month,
    planned,
    delivered,
    currency,
    {{ lineage() }}
from {{ present_rows(rows_with_account('savings'), ['_source', 'saving_id']) }} as present
