-- Ultimate parents by pointer doubling: after n doublings every account points 2^n links up. The merge link goes before the
-- parent link; a broken link makes its account a root; an account whose chain never reaches a root runs into a cycle.
{% set doublings = 10 %}
with accounts as (select * from {{ ref('stg_accounts') }}),

links as (
    select
        accounts.account_id,
        coalesce(accounts.merged_into_account_id, accounts.parent_account_id) as wanted_account_id,
        linked.account_id as linked_account_id
    from accounts
    left join accounts as linked
        on linked.account_id = coalesce(accounts.merged_into_account_id, accounts.parent_account_id)
),

up_0 as (select account_id, coalesce(linked_account_id, account_id) as up_id from links),
{% for n in range(doublings) %}
up_{{ n + 1 }} as (
    select lower_half.account_id, upper_half.up_id
    from up_{{ n }} as lower_half
    inner join up_{{ n }} as upper_half on upper_half.account_id = lower_half.up_id
),
{% endfor %}
ends as (
    select
        reached.account_id,
        case when top.linked_account_id is null then reached.up_id else reached.account_id end as client_id,
        top.linked_account_id is not null as is_in_cycle
    from up_{{ doublings }} as reached
    inner join links as top on top.account_id = reached.up_id
)

select
    ends.account_id,
    ends.client_id,
    ends.is_in_cycle,
    links.wanted_account_id is not null and links.linked_account_id is null as is_link_broken,
    links.wanted_account_id
from ends
inner join links on links.account_id = ends.account_id
