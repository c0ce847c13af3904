select
    cast(escalation_id as string) as escalation_id,
    cast(policy as string) as policy,
    cast(client_id as string) as client_id,
    cast(am_id as string) as am_id,
    cast(severity as string) as severity,
    cast(opened_at as timestamp) as opened_at,
    cast(responded_at as timestamp) as responded_at,
    cast(resolved_at as timestamp) as resolved_at,
    cast(response_hours as decimal(28, 8)) as response_hours,
    cast(resolution_hours as decimal(28, 8)) as resolution_hours,
    cast(response_due_at as timestamp) as response_due_at,
    cast(resolution_due_at as timestamp) as resolution_due_at,
    cast(is_response_met as boolean) as is_response_met,
    cast(is_resolution_met as boolean) as is_resolution_met
from {{ ref('int_escalations__by_policy') }}
