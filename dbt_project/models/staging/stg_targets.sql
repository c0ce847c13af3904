select
    user_id,
    quarter,
    metric,
    target,
    objective,
    {{ lineage() }}
from {{ present_rows(source('lake', 'targets'), ['user_id', 'quarter', 'metric'], has_refusal=false) }} as present
