select
    {{ unique_id('response_id') }},
    found_account_id as account_id,
    respondent_id,
    survey_type,
    score,
    responded_at,
    {{ lineage() }}
from {{ present_rows(rows_with_account('nps_responses'), ['_source', 'response_id']) }} as present
