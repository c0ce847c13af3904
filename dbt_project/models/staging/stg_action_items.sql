select
    {{ unique_id('item_id') }},
    found_account_id as account_id,
    added_on,
    closed_on,
    {{ lineage() }}
from {{ present_rows(rows_with_account('action_items'), ['_source', 'item_id']) }} as present
