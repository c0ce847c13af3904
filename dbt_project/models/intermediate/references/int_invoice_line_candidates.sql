{{ config(materialized='view') }}
-- Landed lines with the invoice they belong to; is_replaced: an older version of a document that was exported again.
select
    lines.*,
    invoices.invoice_id as published_invoice_id,
    coalesce(lines._is_document and lines._load_seq <> invoices._load_seq, false) as is_replaced,
    case
        when invoices.invoice_key is null then 'invoice ''' || lines.invoice_id || ''' does not exist or is in quarantine'
    end as refusal
from {{ source('lake', 'invoice_lines') }} as lines
left join {{ ref('stg_invoices') }} as invoices on invoices.invoice_key = lines._source || ':' || lines.invoice_id
