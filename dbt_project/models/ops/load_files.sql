-- rows_read = rows_landed + rows_duplicate + rows_quarantined, counted anew at every build: a late parent heals its children.
with refused as (
    select load_seq, entity, cast(count(*) as bigint) as rows_refused
    from {{ ref('int_refused_rows') }}
    group by load_seq, entity
)

select
    ledger.load_seq,
    ledger.source,
    ledger.entity,
    ledger.file_name,
    ledger.sha256,
    ledger.loaded_at,
    ledger.rows_read,
    cast(ledger.rows_landed - coalesce(refused.rows_refused, 0) as bigint) as rows_landed,
    ledger.rows_duplicate,
    cast(ledger.rows_quarantined + coalesce(refused.rows_refused, 0) as bigint) as rows_quarantined
from {{ source('lake', 'load_ledger') }} as ledger
left join refused on refused.load_seq = ledger.load_seq and refused.entity = ledger.entity
