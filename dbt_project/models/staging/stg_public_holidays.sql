select
    country,
    date,
    name,
    {{ lineage() }}
from {{ present_rows(source('lake', 'public_holidays'), ['country', 'date'], has_refusal=false) }} as present
