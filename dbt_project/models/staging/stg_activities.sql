select
    {{ unique_id('activity_id') }},
    found_account_id as account_id,
    contact_id,
    user_id,
    type,
    happened_at,
    logged_at,
    is_held,
    executive_attended,
    deck_ready_on,
    actions_logged,
    follow_up_on,
    {{ lineage() }}
from {{ present_rows(rows_with_account('activities'), ['_source', 'activity_id']) }} as present
