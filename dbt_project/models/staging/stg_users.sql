select
    user_id,
    name,
    email,
    region,
    time_zone,
    role_started_on,
    is_active,
    {{ lineage() }}
from {{ present_rows(source('lake', 'users'), ['user_id'], has_refusal=false) }} as present
