select
    {{ unique_id('task_id') }},
    found_account_id as account_id,
    kind,
    issued_on,
    due_on,
    acknowledged_on,
    done_on,
    {{ lineage() }}
from {{ present_rows(rows_with_account('programme_tasks'), ['_source', 'task_id']) }} as present
