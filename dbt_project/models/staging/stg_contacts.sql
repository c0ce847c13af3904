select
    contact_id,
    found_account_id as account_id,
    name,
    email,
    title,
    level,
    {{ lineage() }}
from {{ present_rows(rows_with_account('contacts'), ['contact_id']) }} as present
