-- Landed rows that no number may use yet: their account or invoice does not exist, or is itself in quarantine.
{% for entity in entities_of_accounts() if entity not in ['map_accounts', 'invoices'] %}
select _source as source, '{{ entity }}' as entity, _file_name as file_name, _line_number as line_number, _load_seq as load_seq,
    refusal as reason, {{ row_as_text('found') }} as raw
from {{ rows_with_account(entity) }} as found
where refusal is not null and _is_active
union all
{% endfor %}
select _source as source, 'invoices' as entity, _file_name as file_name, _line_number as line_number, _load_seq as load_seq,
    refusal as reason, {{ row_as_text('found') }} as raw
from {{ ref('int_invoice_candidates') }} as found
where refusal is not null and _is_active
union all
select _source as source, 'invoice_lines' as entity, _file_name as file_name, _line_number as line_number, _load_seq as load_seq,
    refusal as reason, {{ row_as_text('found') }} as raw
from {{ ref('int_invoice_line_candidates') }} as found
where refusal is not null and _is_active
union all
select links._source as source, 'map_accounts' as entity, links._file_name as file_name, links._line_number as line_number,
    links._load_seq as load_seq, 'account ''' || links.account_id || ''' does not exist' as reason, {{ row_as_text('links') }} as raw
from {{ source('lake', 'map_accounts') }} as links
left join {{ ref('stg_accounts') }} as accounts on accounts.account_id = links.account_id
where accounts.account_id is null and links._is_active
