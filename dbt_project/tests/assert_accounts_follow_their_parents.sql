-- An account under the wrong parent moves a whole client's history to another: it must be where its own link points.
with clients as (select * from {{ ref('int_clients__by_account') }}),

accounts as (select * from {{ ref('stg_accounts') }})

select 'account ' || clients.account_id || ' counts for client ' || clients.client_id || ', but the account above it, '
    || above.account_id || ', for ' || above.client_id as message
from clients
inner join accounts on accounts.account_id = clients.account_id
inner join clients as above on above.account_id = coalesce(accounts.merged_into_account_id, accounts.parent_account_id)
where not clients.is_in_cycle and above.client_id <> clients.client_id
union all
select 'account ' || clients.account_id || ' has no account above it, but counts for client ' || clients.client_id as message
from clients
inner join accounts on accounts.account_id = clients.account_id
where coalesce(accounts.merged_into_account_id, accounts.parent_account_id) is null and clients.client_id <> clients.account_id
