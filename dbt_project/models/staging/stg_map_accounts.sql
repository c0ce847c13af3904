-- A row whose account does not exist is refused (ops.quarantine); the crosswalk itself stands before the other entities.
select
    source,
    source_key,
    links.account_id,
    links._source,
    links._file_name,
    links._line_number
from {{ present_rows(source('lake', 'map_accounts'), ['source', 'source_key'], has_refusal=false) }} as links
inner join {{ ref('stg_accounts') }} as accounts on accounts.account_id = links.account_id
