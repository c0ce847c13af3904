-- The way of dbt-labs' mrr-playbook: a row for every customer and month, joined to the subscription periods that cover it, then
-- each month compared with the one before. Periods are made of the recurring invoice lines by Tenure's rules (what counts, which
-- period a credit takes); what the way itself lacks is usage, rates that change with the month, and a floor at 0.
-- A customer is a client in one currency. Variables as in limit.sql.

create macro lake(entity) as getvariable('lake') || '/' || entity || '/*.parquet';
set variable last_month = cast(date_trunc('month', cast(getvariable('as_of') as date) + 1) - interval 1 month as date);

create temp table invoices as
select *
from read_parquet(lake('invoices'))
qualify row_number() over (partition by invoice_id order by _newness_at desc, _load_seq desc, _line_number desc) = 1;

create temp table invoice_lines as
select *
from read_parquet(lake('invoice_lines'))
qualify row_number() over (partition by line_id order by _newness_at desc, _load_seq desc, _line_number desc) = 1;

create temp table customers_of_accounts as
with recursive up(account_id, client_id) as (
    select account_id, account_id from read_parquet(lake('accounts'))
    where coalesce(merged_into_account_id, parent_account_id) is null
    union all
    select accounts.account_id, up.client_id
    from read_parquet(lake('accounts')) as accounts
    inner join up on up.account_id = coalesce(accounts.merged_into_account_id, accounts.parent_account_id)
)
select * from up;

create temp table subscription_periods as
with lines as (
    select
        accounts.client_id,
        invoices.currency,
        lines.amount,
        coalesce(lines.service_start, credited.service_start) as starts_on,
        coalesce(lines.service_end, credited.service_end) + 1 as ends_on
    from invoice_lines as lines
    inner join invoices on invoices.invoice_id = lines.invoice_id
    inner join customers_of_accounts as accounts on accounts.account_id = invoices.account_id
    inner join read_parquet(lake('map_products')) as products on products.product = lines.product
    left join invoice_lines as credited on credited.line_id = lines.credits_line_id
    where products.revenue_type = 'recurring' and invoices.status not in ('draft', 'void')
        and invoices.issued_on <= getvariable('as_of') and coalesce(invoices.reason, '') <> 'Goodwill'
)

select client_id, currency, cast(date_trunc('month', starts_on) as date) as start_month,
    cast(date_trunc('month', ends_on) as date) as end_month,
    cast(round(cast(amount as double) / datediff('month', starts_on, ends_on), 6) as decimal(28, 6)) as monthly_amount
from lines
where starts_on is not null;

create temp table util_months as
select cast(unnest(generate_series((select min(start_month) from subscription_periods), getvariable('last_month'), interval 1 month)) as date)
    as date_month;

create table customer_revenue_by_month as
with customers as (
    select client_id, currency, min(start_month) as first_month from subscription_periods group by client_id, currency
),

customer_months as (
    select customers.client_id, customers.currency, util_months.date_month
    from customers
    inner join util_months on util_months.date_month >= customers.first_month
),

joined as (
    select customer_months.client_id, customer_months.currency, customer_months.date_month,
        coalesce(sum(periods.monthly_amount), 0) as mrr
    from customer_months
    left join subscription_periods as periods
        on periods.client_id = customer_months.client_id and periods.currency = customer_months.currency
        and customer_months.date_month >= periods.start_month and customer_months.date_month < periods.end_month
    group by customer_months.client_id, customer_months.currency, customer_months.date_month
)

select *, min(case when mrr > 0 then date_month end) over (partition by client_id, currency) as first_active_month from joined;

create table mrr as
with changed as (
    select *, lag(mrr, 1, 0) over (partition by client_id, currency order by date_month) as previous_mrr from customer_revenue_by_month
)

select *, mrr - previous_mrr as mrr_change,
    case
        when previous_mrr = 0 and mrr > 0 and date_month = first_active_month then 'new'
        when previous_mrr = 0 and mrr > 0 then 'reactivation'
        when previous_mrr > 0 and mrr = 0 then 'churn'
        when mrr > previous_mrr then 'upgrade'
        when mrr < previous_mrr then 'downgrade'
    end as change_category
from changed;

-- Net and gross retention over 1, 3 and 12 months; all currencies at the rate of one day, as floats.
create table retention as
with rates as (
    select quotes.currency, (select arg_max(per_eur, date) from read_parquet(lake('fx_rates')) where currency = getvariable('reporting_currency')
        and date <= getvariable('fx_baseline_on')) / arg_max(quotes.per_eur, quotes.date) as rate
    from (select currency, date, per_eur from read_parquet(lake('fx_rates')) union all select 'EUR', date '1999-01-01', 1) as quotes
    where quotes.date <= getvariable('fx_baseline_on')
    group by quotes.currency
),

arr as (
    select client_id, date_month, sum(12 * mrr * rate) as arr
    from customer_revenue_by_month
    inner join rates using (currency)
    group by client_id, date_month
)

select ends.date_month, windows.n as window_months, count(*) as clients_start, sum(ends.arr) / sum(starts.arr) as nrr,
    sum(least(starts.arr, ends.arr)) / sum(starts.arr) as grr
from arr as starts
cross join (values (1), (3), (12)) as windows(n)
inner join arr as ends on ends.client_id = starts.client_id and ends.date_month = starts.date_month + to_months(windows.n)
where starts.arr > 0
group by ends.date_month, windows.n;
