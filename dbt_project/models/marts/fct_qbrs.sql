select
    cast(client_id as string) as client_id,
    cast(quarter_start as date) as quarter_start,
    cast(am_id as string) as am_id,
    cast(is_due as boolean) as is_due,
    cast(is_completed as boolean) as is_completed,
    cast(executive_attended as boolean) as executive_attended,
    cast(deck_on_time as boolean) as deck_on_time,
    cast(actions_logged as boolean) as actions_logged,
    cast(follow_up_on_time as boolean) as follow_up_on_time
from {{ ref('int_qbrs__by_client_and_quarter') }}
