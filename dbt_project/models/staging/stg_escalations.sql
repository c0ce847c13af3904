select
    {{ unique_id('escalation_id') }},
    found_account_id as account_id,
    severity,
    opened_at,
    responded_at,
    resolved_at,
    owner_id,
    {{ lineage() }}
from {{ present_rows(rows_with_account('escalations'), ['_source', 'escalation_id']) }} as present
