-- The CRM's accounts are the truth: a key is one account, whichever system's export named it last.
select
    account_id,
    name,
    _name_key as name_key,
    parent_account_id,
    merged_into_account_id,
    owner_id,
    industry,
    country,
    region,
    time_zone,
    billing_currency,
    created_on,
    executive_sponsor_contact_id,
    category_spend,
    category_spend_currency,
    support_arrangement_ends_on,
    is_support_client,
    {{ lineage() }}
from {{ present_rows(source('lake', 'accounts'), ['account_id'], has_refusal=false) }} as present
