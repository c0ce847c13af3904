select
    {{ unique_id('ticket_id') }},
    found_account_id as account_id,
    opened_at,
    responded_at,
    resolved_at,
    sla_response_hours,
    {{ lineage() }}
from {{ present_rows(rows_with_account('support_tickets'), ['_source', 'ticket_id']) }} as present
