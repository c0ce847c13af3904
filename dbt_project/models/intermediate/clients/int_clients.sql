select
    accounts.account_id as client_id,
    accounts.name as client_name,
    accounts.industry,
    accounts.country,
    accounts.region,
    accounts.time_zone,
    accounts.billing_currency,
    accounts.owner_id as present_owner_id,
    accounts.executive_sponsor_contact_id,
    accounts.category_spend,
    accounts.category_spend_currency,
    coalesce(accounts.industry, 'unknown') as industry_segment,
    coalesce(accounts.region, 'unknown') as region_segment,
    coalesce(accounts.billing_currency, 'unknown') as currency_segment
from {{ ref('stg_accounts') }} as accounts
inner join {{ ref('int_clients__by_account') }} as links
    on links.account_id = accounts.account_id and links.client_id = accounts.account_id
