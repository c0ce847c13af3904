select
    {{ unique_id('ticket_id') }},
    found_account_id as account_id,
    opened_at,
    responded_at,
    resolved_at,
    sla_response_hours,
    {{ lineage() }}
from {{ present_rows(rows_not_moved_to(rows_with_account('support_tickets'), 'ticket_id', 'escalations', 'escalation_id'), ['_source', 'ticket_id']) }} as present
