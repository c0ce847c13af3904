select
    reason,
    effect,
    {{ lineage() }}
from {{ present_rows(source('lake', 'map_credit_reasons'), ['lower(trim(reason))'], has_refusal=false) }} as present
