select
    {{ unique_id('project_id') }},
    found_account_id as account_id,
    starts_on,
    due_on,
    delivered_on,
    budget,
    actual_cost,
    currency,
    is_active,
    {{ lineage() }}
from {{ present_rows(rows_with_account('projects'), ['_source', 'project_id']) }} as present
