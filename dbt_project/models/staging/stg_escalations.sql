select
    {{ unique_id('escalation_id') }},
    found_account_id as account_id,
    severity,
    opened_at,
    responded_at,
    resolved_at,
    owner_id,
    {{ lineage() }}
from {{ present_rows(rows_not_moved_to(rows_with_account('escalations'), 'escalation_id', 'support_tickets', 'ticket_id'), ['_source', 'escalation_id']) }} as present
