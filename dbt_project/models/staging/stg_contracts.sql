select
    {{ unique_id('contract_id') }},
    found_account_id as account_id,
    starts_on,
    ends_on,
    value,
    currency,
    has_fx_clause,
    terminated_on,
    termination_reason,
    {{ lineage() }}
from {{ present_rows(rows_with_account('contracts'), ['_source', 'contract_id']) }} as present
