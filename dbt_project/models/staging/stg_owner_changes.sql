select
    found_account_id as account_id,
    changed_at,
    owner_id,
    _previous_owner_id as previous_owner_id,
    {{ lineage() }}
from {{ present_rows(rows_with_account('owner_changes'), ['account_id', 'changed_at']) }} as present
