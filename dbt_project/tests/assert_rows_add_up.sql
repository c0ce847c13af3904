-- Nothing lost: every row read is landed, a duplicate or in quarantine with its reason.
with counted as (
    select load_seq, entity, count(*) as quarantined from {{ ref('quarantine') }} where refused_by = 'reference' group by load_seq, entity
)

select files.file_name || ' (' || files.entity || '): ' || cast(files.rows_read as string) || ' rows read, '
    || cast(files.rows_landed as string) || ' landed, ' || cast(files.rows_duplicate as string) || ' duplicates, '
    || cast(files.rows_quarantined as string) || ' quarantined' as message
from {{ ref('load_files') }} as files
left join counted on counted.load_seq = files.load_seq and counted.entity = files.entity
where files.rows_read <> files.rows_landed + files.rows_duplicate + files.rows_quarantined
    or files.rows_landed < 0
    or coalesce(counted.quarantined, 0) > files.rows_quarantined
