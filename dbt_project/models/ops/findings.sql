-- Every doubt about a number that did not stop the publication: what, about which row, and what was assumed.
with lines as (select * from {{ ref('int_invoice_lines') }}),

links as (select * from {{ ref('int_clients__by_account') }}),

owned as (
    select clients.client_id, clients.present_owner_id, owners.am_id
    from {{ ref('int_clients') }} as clients
    inner join {{ ref('stg_run') }} as run on 1 = 1
    inner join {{ ref('int_owners__by_client_and_month') }} as owners
        on owners.client_id = clients.client_id and owners.month = run.last_month
)

select code, entity, value as finding_key, message || ' (' || file_name || ')' as message, rows as affected_rows,
    cast(null as decimal(18, 2)) as amount_local
from {{ source('lake', 'landing_findings') }}
union all
select 'unusual_row_count' as code, entity, file_name as finding_key,
    file_name || ' has ' || cast(rows_read as string) || ' rows of ' || entity || '; the ' || cast(earlier_files as string)
        || ' files of its kind before it have ' || cast(usual_rows as string) || ' in the middle: is the export complete?' as message,
    rows_read as affected_rows, cast(null as decimal(18, 2)) as amount_local
from {{ ref('int_unusual_loads') }}
union all
select 'unmapped_product' as code, 'invoice_lines' as entity, product as finding_key,
    'product ''' || coalesce(product, '(none)') || ''' is in no mapping: its revenue counts as one_off, outside ARR' as message,
    cast(count(*) as bigint) as affected_rows, cast(sum(amount) as decimal(18, 2)) as amount_local
from lines
where is_product_unmapped
group by product
union all
select 'missing_service_period' as code, 'invoice_lines' as entity, line_id as finding_key,
    'line ' || line_id || ' of invoice ' || invoice_id || ' is recurring or usage but has no service period: it counts as one_off' as message,
    cast(1 as bigint) as affected_rows, amount as amount_local
from lines
where is_period_missing and not is_product_unmapped
union all
select 'broken_account_link' as code, 'accounts' as entity, account_id as finding_key,
    'account ' || account_id || ' names ' || wanted_account_id || ' above it, which does not exist: it is its own client' as message,
    cast(1 as bigint) as affected_rows, cast(null as decimal(18, 2)) as amount_local
from links
where is_link_broken
union all
select 'account_cycle' as code, 'accounts' as entity, account_id as finding_key,
    'the parents of account ' || account_id || ' run in a circle: it is its own client' as message,
    cast(1 as bigint) as affected_rows, cast(null as decimal(18, 2)) as amount_local
from links
where is_in_cycle
union all
select 'negative_arr' as code, 'invoice_lines' as entity, client_id || ' ' || cast(month as string) || ' ' || currency as finding_key,
    'credits of client ' || client_id || ' exceed its ARR in ' || currency || ' in ' || cast(month as string) || ': ARR counts as 0' as message,
    cast(1 as bigint) as affected_rows, cast(null as decimal(18, 2)) as amount_local
from {{ ref('int_arr__by_client_currency_and_month') }}
where is_floored
union all
select 'unclassified_churn' as code, 'contracts' as entity, client_id || ' ' || cast(month as string) as finding_key,
    'the churn of client ' || client_id || ' in ' || cast(month as string)
        || case when churn_reason is null then ' has no reason' else ' has a reason that is in no mapping: ''' || churn_reason || '''' end as message,
    cast(1 as bigint) as affected_rows, cast(null as decimal(18, 2)) as amount_local
from {{ ref('int_churn_reasons') }}
where churn_category = 'unclassified'
union all
select 'owner_differs' as code, 'owner_changes' as entity, client_id as finding_key,
    'client ' || client_id || ' has owner ' || coalesce(present_owner_id, '(none)') || ' on its account, but '
        || coalesce(am_id, '(none)') || ' in its owner history: the history counts' as message,
    cast(1 as bigint) as affected_rows, cast(null as decimal(18, 2)) as amount_local
from owned
where am_id is not null and present_owner_id is not null and am_id <> present_owner_id
union all
select 'unknown_user' as code, 'users' as entity, owned.am_id as finding_key,
    'owner ' || owned.am_id || ' is in no users export: its name is unknown' as message,
    cast(count(*) as bigint) as affected_rows, cast(null as decimal(18, 2)) as amount_local
from owned
left join {{ ref('stg_users') }} as users on users.user_id = owned.am_id
where owned.am_id is not null and users.user_id is null
group by owned.am_id
union all
select 'unknown_contact' as code, 'activities' as entity, activities.contact_id as finding_key,
    'contact ' || activities.contact_id || ' of ' || cast(count(*) as string) || ' activities is in no contacts export' as message,
    cast(count(*) as bigint) as affected_rows, cast(null as decimal(18, 2)) as amount_local
from {{ ref('stg_activities') }} as activities
left join {{ ref('stg_contacts') }} as contacts on contacts.contact_id = activities.contact_id
where activities.contact_id is not null and contacts.contact_id is null
group by activities.contact_id
union all
select 'positive_credit_note' as code, 'invoices' as entity, invoice_id as finding_key,
    'credit note ' || invoice_id || ' adds ' || cast(sum(amount) as string) || ' ' || max(currency)
        || ' instead of taking it away: its lines count as they stand' as message,
    cast(count(*) as bigint) as affected_rows, cast(sum(amount) as decimal(18, 2)) as amount_local
from lines
where kind = 'credit_note'
group by invoice_id
having sum(amount) > 0
