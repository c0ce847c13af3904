{{ config(materialized='view') }}
-- A credit note of a billing system belongs to the account of the invoice it credits, whoever its own customer is.
with rows_found as (
    select * from {{ rows_with_account('invoices') }} as found
),

credited as (
    select _source, invoice_id, max(found_account_id) as account_id
    from rows_found
    where refusal is null
    group by _source, invoice_id
)

select
    rows_found.invoice_id,
    coalesce(credited.account_id, rows_found.found_account_id) as account_id,
    rows_found.kind,
    rows_found.status,
    rows_found.currency,
    rows_found.issued_on,
    rows_found.due_on,
    rows_found.paid_on,
    rows_found.in_collections,
    rows_found.credits_invoice_id,
    rows_found.reason,
    rows_found._account_key,
    rows_found._account_name,
    rows_found._source,
    rows_found._file_name,
    rows_found._line_number,
    rows_found._load_seq,
    rows_found._newness_at,
    rows_found._is_active,
    rows_found._is_gone,
    case when credited.account_id is null then rows_found.refusal end as refusal
from rows_found
left join credited
    on credited._source = rows_found._source
    -- Not `and _is_document`: a condition on one side only would make the join compare every pair of rows.
    and credited.invoice_id = case when rows_found._is_document then rows_found.credits_invoice_id end
