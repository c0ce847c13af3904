-- What landing set aside (format), and what refers to an account or invoice that does not exist (looked up at every build).
select source, entity, file_name, line_number, reason, raw, cast(null as bigint) as load_seq, 'format' as refused_by
from {{ source('lake', 'quarantine_landed') }}
union all
select source, entity, file_name, line_number, reason, raw, load_seq, 'reference' as refused_by
from {{ ref('int_refused_rows') }}
