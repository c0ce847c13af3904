select
    product,
    revenue_type,
    {{ lineage() }}
from {{ present_rows(source('lake', 'map_products'), ['lower(trim(product))'], has_refusal=false) }} as present
