-- Ultimate parents, walked up link by link. The merge link goes before the parent link; a broken link makes its account a root; an
-- account whose chain never reaches a root runs into a cycle: it comes by the account that was marked at the last power of two.
with recursive accounts as (select * from {{ ref('stg_accounts') }}),

links as (
    select
        accounts.account_id,
        coalesce(accounts.merged_into_account_id, accounts.parent_account_id) as wanted_account_id,
        linked.account_id as linked_account_id
    from accounts
    left join accounts as linked
        on linked.account_id = coalesce(accounts.merged_into_account_id, accounts.parent_account_id)
),

walks as (
    select account_id, account_id as up_id, linked_account_id as next_id, account_id as marked_id, 0 as steps, 1 as mark_at, false as is_in_cycle
    from links
    union all
    select
        walks.account_id,
        links.account_id as up_id,
        links.linked_account_id as next_id,
        case when walks.steps + 1 = walks.mark_at then links.account_id else walks.marked_id end as marked_id,
        walks.steps + 1 as steps,
        case when walks.steps + 1 = walks.mark_at then 2 * walks.mark_at else walks.mark_at end as mark_at,
        links.account_id = walks.marked_id as is_in_cycle
    from walks
    inner join links on links.account_id = walks.next_id
    where not walks.is_in_cycle and walks.steps < 1024
),

roots as (select account_id, up_id from walks where next_id is null)

select
    links.account_id,
    coalesce(roots.up_id, links.account_id) as client_id,
    roots.up_id is null as is_in_cycle,
    links.wanted_account_id is not null and links.linked_account_id is null as is_link_broken,
    links.wanted_account_id
from links
left join roots on roots.account_id = links.account_id
