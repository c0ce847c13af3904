-- A row whose account does not exist is refused (ops.quarantine); the crosswalk itself stands before the other entities.
select
    source,
    source_key,
    map.account_id,
    map._source,
    map._file_name,
    map._line_number
from {{ present_rows(source('lake', 'map_accounts'), ['source', 'source_key'], has_refusal=false) }} as map
inner join {{ ref('stg_accounts') }} as accounts on accounts.account_id = map.account_id
