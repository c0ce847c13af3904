select
    reason,
    churn_category,
    {{ lineage() }}
from {{ present_rows(source('lake', 'map_churn_reasons'), ['lower(trim(reason))'], has_refusal=false) }} as present
