select
    {{ unique_id('placement_id') }},
    order_id,
    found_account_id as account_id,
    ordered_on,
    started_on,
    _source || ':' || order_id as order_key,
    {{ lineage() }}
from {{ present_rows(rows_with_account('placements'), ['_source', 'placement_id']) }} as present
