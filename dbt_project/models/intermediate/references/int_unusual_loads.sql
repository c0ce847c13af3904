-- Files far smaller or larger than the earlier files of their kind: an export that was cut short, filtered by mistake or
-- written twice. Only the newest file of a kind is judged; what is usual is the median of the files before it.
with loads as (
    select
        load_seq,
        source,
        entity,
        file_name,
        name_pattern,
        rows_read,
        row_number() over (partition by source, entity, name_pattern order by load_seq desc nulls last) as newness
    from {{ source('lake', 'load_ledger') }}
),

earlier as (
    select
        source,
        entity,
        name_pattern,
        rows_read,
        count(*) over (partition by source, entity, name_pattern) as files,
        row_number() over (
            partition by source, entity, name_pattern order by rows_read asc nulls last, load_seq asc nulls last
        ) as place
    from loads
    where newness > 1
),

-- Twice the median keeps whole numbers: the middle one counts twice, or the two in the middle once each.
usual as (
    select
        source,
        entity,
        name_pattern,
        max(files) as files,
        cast(sum(rows_read * case when 2 * place = files + 1 then 2 else 1 end) as bigint) as twice_median
    from earlier
    where 2 * place between files and files + 2
    group by source, entity, name_pattern
)

select
    loads.load_seq,
    loads.source,
    loads.entity,
    loads.file_name,
    loads.rows_read,
    cast(usual.files as bigint) as earlier_files,
    cast({{ div_round('usual.twice_median', '2') }} as bigint) as usual_rows
from loads
inner join usual
    on usual.source = loads.source and usual.entity = loads.entity and usual.name_pattern = loads.name_pattern
where loads.newness = 1
    and usual.files >= {{ parameter('load_history_files') }}
    and (
        2 * loads.rows_read < usual.twice_median * {{ parameter('load_rows_least_rate') }}
        or 2 * loads.rows_read > usual.twice_median * {{ parameter('load_rows_most_rate') }}
    )
