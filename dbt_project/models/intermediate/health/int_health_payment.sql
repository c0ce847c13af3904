-- Payment promptness: days from issue to payment, weighted by the invoices' totals; an unpaid one with its age once it is past due.
-- Sums and weights stay apart, so that a bracket is met by whole numbers. An invoice in collections is measured alone, too.
with scored as (select * from {{ ref('int_scored_clients__by_day') }}),

invoices as (select * from {{ ref('int_invoices') }} where kind = 'invoice' and not is_paid_undated),

issued as (
    select
        scored.client_id,
        scored.as_of_on,
        invoices.in_collections,
        invoices.total_cc,
        invoices.issued_on >= scored.invoices_from and invoices.total_local > 0 as is_in_window,
        coalesce(invoices.paid_on <= scored.as_of_on, false) as is_paid,
        coalesce(invoices.due_on, {{ add_days('invoices.issued_on', 'scored.payment_term_days') }}) < scored.as_of_on as is_past_due,
        {{ days_between('invoices.issued_on', 'least(coalesce(invoices.paid_on, scored.as_of_on), scored.as_of_on)') }} as days
    from scored
    inner join invoices on invoices.client_id = scored.client_id and invoices.issued_on <= scored.as_of_on
    where invoices.issued_on >= scored.invoices_from or invoices.in_collections
),

summed as (
    select
        client_id,
        as_of_on,
        sum(case when is_in_window and (is_paid or is_past_due) then days * total_cc end) as weighted_days,
        sum(case when is_in_window and (is_paid or is_past_due) then total_cc end) as weights,
        sum(case when in_collections and is_past_due and not is_paid then 1 else 0 end) as flagged_invoices
    from issued
    group by client_id, as_of_on
),

judged as (
    select
        scored.client_id,
        scored.as_of_on,
        summed.weighted_days,
        nullif(summed.weights, 0) as weights,
        coalesce(summed.flagged_invoices, 0) as flagged_invoices
    from scored
    left join summed on summed.client_id = scored.client_id and summed.as_of_on = scored.as_of_on
)

select client_id, as_of_on, 'payment' as component, 'days_to_pay' as measure,
    case when weights is not null then weighted_days end as numerator, weights as denominator,
    case when weights is null then 'no invoice paid or past due in the window' end as not_scored_reason
from judged
union all
select client_id, as_of_on, 'payment' as component, 'flagged_invoices' as measure, flagged_invoices as numerator, 1 as denominator,
    case when weights is null and flagged_invoices = 0 then 'no invoice paid or past due in the window' end as not_scored_reason
from judged
