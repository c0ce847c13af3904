select
    {{ unique_id('communication_id') }},
    found_account_id as account_id,
    user_id,
    kind,
    urgency,
    received_at,
    responded_at,
    {{ lineage() }}
from {{ present_rows(rows_with_account('communications'), ['_source', 'communication_id']) }} as present
