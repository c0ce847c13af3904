select
    {{ unique_id('opportunity_id') }},
    found_account_id as account_id,
    type,
    stage,
    is_closed,
    is_won,
    is_qualified,
    amount,
    currency,
    created_at,
    closed_on,
    loss_reason,
    owner_id,
    {{ lineage() }}
from {{ present_rows(rows_with_account('opportunities'), ['_source', 'opportunity_id']) }} as present
