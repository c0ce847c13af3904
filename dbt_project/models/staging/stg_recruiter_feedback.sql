select
    {{ unique_id('response_id') }},
    user_id,
    score,
    responded_at,
    {{ lineage() }}
from {{ present_rows(source('lake', 'recruiter_feedback'), ['_source', 'response_id'], has_refusal=false) }} as present
