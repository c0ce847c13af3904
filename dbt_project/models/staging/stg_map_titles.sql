select
    pattern,
    level,
    {{ lineage() }}
from {{ present_rows(source('lake', 'map_titles'), ['lower(trim(pattern))'], has_refusal=false) }} as present
