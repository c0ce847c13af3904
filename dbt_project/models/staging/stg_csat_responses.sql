select
    {{ unique_id('response_id') }},
    found_account_id as account_id,
    project_id,
    score,
    responded_at,
    {{ lineage() }}
from {{ present_rows(rows_with_account('csat_responses'), ['_source', 'response_id']) }} as present
