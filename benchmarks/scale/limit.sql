-- The limit: one script from the landed Parquet to fct_arr, fct_arr_movements and the company's retention, as fast as we can
-- make it. It knows what a general warehouse may not: one source system, accounts named by id in every row, no policy that
-- changes with time. Money is 64-bit integers as far as they reach, months are numbers, clients and currencies are numbers.
-- Variables: lake, seeds (the shipped policy), as_of, reporting_currency, fx_baseline_on.

set preserve_insertion_order = false;

create macro lake(entity) as getvariable('lake') || '/' || entity || '/*.parquet';
create macro month_number(d) as year(d) * 12 + month(d) - 1;
create macro first_of(m) as make_date(cast(m // 12 as bigint), cast(m % 12 + 1 as bigint), 1);
-- a / b, rounded half away from zero; b > 0.
create macro divided(a, b) as sign(a) * ((2 * abs(a) + b) // (2 * b));

set variable last_month = month_number(cast(getvariable('as_of') as date) + 1) - 1;

-- Keys that more than one load has, by hash: nearly none, so that nearly no row has to be ranked.
create temp table repeated_invoices as
select hash(invoice_id) as key from read_parquet(lake('invoices')) group by key having count(*) > 1;
create temp table repeated_lines as
select hash(line_id) as key from read_parquet(lake('invoice_lines')) group by key having count(*) > 1;

create temp table accounts as
with present as (
    select account_id, coalesce(merged_into_account_id, parent_account_id) as up, owner_id
    from read_parquet(lake('accounts'))
    where _is_active
    qualify row_number() over (partition by account_id order by _newness_at desc, _load_seq desc, _line_number desc) = 1
)
select account_id, owner_id, case when up in (select account_id from present) then up end as up from present;

create temp table clients as
select cast(row_number() over (order by account_id) as integer) as client, account_id as client_id, owner_id from accounts where up is null;

create temp table client_of as
with recursive below(account_id, client) as (
    select client_id, client from clients
    union all
    select accounts.account_id, below.client from below inner join accounts on accounts.up = below.account_id
)
select * from below;

create temp table invoices as
select
    present.invoice_id,
    client_of.client,
    present.currency,
    present.issued_on,
    present.status not in ('draft', 'void') and present.issued_on <= getvariable('as_of') as counts,
    present.kind = 'credit_note' and lower(trim(present.reason)) in (
        select lower(trim(reason)) from read_csv(getvariable('seeds') || '/credit_reasons.csv') where effect = 'goodwill'
    ) as is_goodwill
from (
    select * from read_parquet(lake('invoices')) where hash(invoice_id) not in (from repeated_invoices) and _is_active
    union all
    select * from (
        select * from read_parquet(lake('invoices'))
        where hash(invoice_id) in (from repeated_invoices)
        qualify row_number() over (partition by invoice_id order by _newness_at desc, _load_seq desc, _line_number desc) = 1
    ) where _is_active
) as present
inner join client_of on client_of.account_id = present.account_id;

create temp view landed_lines as
select line_id, invoice_id, product, amount, service_start, service_end, credits_line_id, division, country, service_line, job_family,
    _is_active
from read_parquet(lake('invoice_lines'))
where hash(line_id) not in (from repeated_lines)
union all
select line_id, invoice_id, product, amount, service_start, service_end, credits_line_id, division, country, service_line, job_family,
    _is_active
from (
    select * from read_parquet(lake('invoice_lines'))
    where hash(line_id) in (from repeated_lines)
    qualify row_number() over (partition by line_id order by _newness_at desc, _load_seq desc, _line_number desc) = 1
);

create temp table credited as
select line_id, service_start, service_end
from landed_lines
where line_id in (select credits_line_id from landed_lines where credits_line_id is not null and service_end is null)
    and _is_active and invoice_id in (select invoice_id from invoices);

create temp table types as
select lower(trim(product)) as product, any_value(revenue_type) as revenue_type from (
    select product, revenue_type from read_parquet(lake('map_products')) where _is_active
    union all
    select product, revenue_type from read_csv(getvariable('seeds') || '/product_types.csv')
    where lower(trim(product)) not in (select lower(trim(product)) from read_parquet(lake('map_products')))
) group by all;

-- Amounts in hundredths. A cell is told by a hash, and only where its conversion is rounded: in another currency.
create temp table lines as
with joined as (
    select
        invoices.client,
        invoices.currency,
        invoices.issued_on,
        cast(lines.amount * 100 as bigint) as cents,
        case when invoices.is_goodwill then 'one_off' else coalesce(types.revenue_type, 'one_off') end as mapped_type,
        case when lines.service_start is not null and lines.service_end is not null then lines.service_start
            when credited.service_end is not null then credited.service_start end as service_start,
        case when lines.service_start is not null and lines.service_end is not null then lines.service_end
            when credited.service_start is not null then credited.service_end end as service_end,
        case when invoices.currency <> getvariable('reporting_currency')
            then hash(lines.division, lines.country, lines.service_line, lines.job_family) else 0 end as cell
    from landed_lines as lines
    inner join invoices on invoices.invoice_id = lines.invoice_id
    left join credited on credited.line_id = lines.credits_line_id
    left join types on types.product = lower(trim(lines.product))
    where invoices.counts and lines._is_active
),

typed as (
    select *,
        case when service_start is null then 'one_off' else mapped_type end as revenue_type,
        coalesce(service_start, issued_on) as recognised_from,
        coalesce(service_end, issued_on) as recognised_to
    from joined
)

select client, currency, cell, revenue_type, cents, service_start, service_end, recognised_from, recognised_to,
    month_number(recognised_from) as from_month, month_number(recognised_to) as to_month
from typed;

-- Recurring balances: what a month begins and ends with, summed as it goes, spread over the months it lasts.
create temp table recurring as
with stepped as (
    select *, service_end + 1 as period_end, month_number(service_end + 1) - from_month as steps
    from lines
    where revenue_type = 'recurring'
),

measured as (
    select *,
        cast(service_start + to_months(cast(steps as integer)) as date) as clamped,
        cast(service_start + to_months(cast(steps - 1 as integer)) as date) as clamped_before,
        cast(service_start + to_months(cast(steps + 1 as integer)) as date) as clamped_after
    from stepped
),

lengths as (
    select *,
        case
            when clamped = period_end then steps
            when service_start = last_day(service_start) and period_end >= clamped then steps
            when day(period_end) = 1 and day(clamped_before) < day(service_start) then steps - 1
        end as whole
    from measured
),

rates as (
    select client, currency, from_month, from_month + steps as until_month,
        case
            when whole is not null then divided(cents * 10000, whole)
            when clamped <= period_end then divided(cents * 10000 * (clamped_after - clamped),
                steps * (clamped_after - clamped) + (period_end - clamped))
            else divided(cents * 10000 * (clamped - clamped_before),
                (steps - 1) * (clamped - clamped_before) + (period_end - clamped_before))
        end as rate
    from lengths
    where steps > 0
),

changes as (
    select client, currency, month, cast(sum(rate) as bigint) as rate
    from (
        select client, currency, from_month as month, rate from rates
        union all
        select client, currency, until_month as month, -rate as rate from rates
    )
    where month <= getvariable('last_month')
    group by client, currency, month
),

balances as (
    select client, currency, month,
        lead(month, 1, getvariable('last_month') + 1) over of_client as until_month,
        cast(sum(rate) over of_client as bigint) as rate
    from changes
    window of_client as (partition by client, currency order by month)
)

select client, currency, unnest(range(month, until_month)) as month, rate * 12 as millionths from balances where rate <> 0;

-- Revenue by day. A line's last month takes what rounding left: its amount less all that its other months got.
create temp table revenue as
with spread as (
    select client, currency, cell, revenue_type, cents, recognised_from, recognised_to, to_month,
        unnest(range(from_month, least(to_month, getvariable('last_month') + 1))) as month
    from lines
    where from_month < to_month
),

parts as (
    select spread.client, spread.currency, spread.cell, spread.revenue_type, spread.month, spread.to_month,
        divided(spread.cents * (least(days.last_day, spread.recognised_to) - greatest(days.first_day, spread.recognised_from) + 1),
            spread.recognised_to - spread.recognised_from + 1) as cents
    from spread
    inner join (
        select m, first_of(m) as first_day, last_day(first_of(m)) as last_day
        from range((select min(from_month) from lines), getvariable('last_month') + 1) as months(m)
    ) as days on days.m = spread.month
)

select client, currency, cell, revenue_type, month, cast(sum(cents) as bigint) as cents
from (
    select client, currency, cell, revenue_type, month, cents from parts
    union all
    select client, currency, cell, revenue_type, to_month as month, -cents as cents from parts
    union all
    select client, currency, cell, revenue_type, to_month as month, cents from lines
)
where month <= getvariable('last_month')
group by client, currency, cell, revenue_type, month;

-- Usage: the months of a stay since it began, at most three, each month's revenue counting in its own and the two after it.
create temp table usage as
with billed as (
    select client, currency, month, cast(sum(cents) as bigint) as cents
    from revenue
    where revenue_type = 'usage'
    group by client, currency, month
    having sum(cents) <> 0
),

begun as (
    select *,
        max(case when previous is null or month - previous > 3 then month end) over (
            partition by client, currency order by month rows unbounded preceding
        ) as began
    from (select *, lag(month) over (partition by client, currency order by month) as previous from billed)
),

windows as (
    select client, currency, month + offsets.n as month, min(began) as began, cast(sum(cents) as bigint) as cents,
        bool_or(offsets.n = 0) as is_billed
    from begun
    cross join range(0, 3) as offsets(n)
    group by client, currency, month + offsets.n
),

annual as (
    select client, currency, month, cents * 10000 * (12 // least(3, month - began + 1)) as millionths, is_billed from windows
),

unbilled as (
    select before.client, before.currency, before.millionths
    from annual as before
    left join billed as latest
        on latest.client = before.client and latest.currency = before.currency and latest.month = getvariable('last_month')
    where before.month = getvariable('last_month') - 1 and before.is_billed and latest.client is null
)

select client, currency, month, millionths, false as is_provisional
from annual
anti join (select client, currency, getvariable('last_month') as month from unbilled) as replaced using (client, currency, month)
where month <= getvariable('last_month')
union all
select client, currency, getvariable('last_month') as month, millionths, true as is_provisional from unbilled;

-- Rates: of the baseline's day and of each month's end, ten decimals.
create temp table rates as
with quotes as (
    select currency, date, cast(round(per_eur, 8) * 100000000 as hugeint) as per_eur
    from read_parquet(lake('fx_rates'))
    where _is_active and date <= getvariable('as_of')
    qualify row_number() over (partition by currency, date order by _newness_at desc, _load_seq desc, _line_number desc) = 1
),

days as (
    select -1 as month, cast(getvariable('fx_baseline_on') as date) as day
    union all
    select m, last_day(first_of(m)) from range((select min(from_month) from lines), getvariable('last_month') + 1) as months(m)
),

needed as (
    select days.month, days.day, currencies.currency
    from days
    cross join (select distinct currency from invoices union select getvariable('reporting_currency')) as currencies
),

per_euro as (
    select needed.month, needed.currency, case when needed.currency = 'EUR' then cast(100000000 as hugeint) else quotes.per_eur end as per_eur
    from needed
    asof left join quotes on quotes.currency = needed.currency and quotes.date <= needed.day
)

select source.month, source.currency,
    case when source.currency = getvariable('reporting_currency') then cast(1 as decimal(28, 10)) else
        cast(cast(divided(target.per_eur * cast(10000000000 as hugeint), source.per_eur) as decimal(28, 0))
            * cast(0.0000000001 as decimal(10, 10)) as decimal(28, 10))
    end as rate
from per_euro as source
inner join per_euro as target on target.month = source.month and target.currency = getvariable('reporting_currency');

create macro in_money(cents) as cast(cents as decimal(18, 0)) * cast(0.01 as decimal(2, 2));

create temp table arr as
with summed as (
    select client, currency, month,
        cast(sum(recurring) as bigint) as recurring, cast(sum(usage) as bigint) as usage, bool_or(is_provisional) as is_provisional
    from (
        select client, currency, month, millionths as recurring, 0 as usage, false as is_provisional from recurring
        union all
        select client, currency, month, 0 as recurring, millionths as usage, is_provisional from usage
    )
    group by client, currency, month
)

select client, currency, month,
    cast(in_money(divided(recurring + usage, 10000)) as decimal(18, 2)) as arr_local,
    cast(in_money(divided(recurring, 10000)) as decimal(18, 2)) as recurring_arr_local,
    cast(in_money(divided(usage, 10000)) as decimal(18, 2)) as usage_arr_local,
    is_provisional
from summed
where divided(recurring + usage, 10000) > 0;

create table fct_arr as
select clients.client_id, first_of(arr.month) as month, arr.currency, arr.arr_local, arr.recurring_arr_local, arr.usage_arr_local,
    cast(round(arr.arr_local * cc.rate, 2) as decimal(18, 2)) as arr_cc,
    cast(round(arr.arr_local * closing.rate, 2) as decimal(18, 2)) as arr_reported,
    arr.is_provisional
from arr
inner join clients on clients.client = arr.client
inner join rates as cc on cc.currency = arr.currency and cc.month = -1
inner join rates as closing on closing.currency = arr.currency and closing.month = arr.month;

-- Both ends of each month by client, in the reporting currency.
create temp table ends as
with paired as (
    select client, currency, month, sum(start_local) as start_local, sum(end_local) as end_local
    from (
        select client, currency, month, arr_local as end_local, cast(0 as decimal(18, 2)) as start_local from arr
        union all
        select client, currency, month + 1 as month, cast(0 as decimal(18, 2)) as end_local, arr_local as start_local from arr
    )
    where month <= getvariable('last_month')
    group by client, currency, month
),

money as (
    select paired.client, paired.currency, paired.month, cast(paired.start_local as decimal(18, 2)) as start_local,
        cast(paired.end_local as decimal(18, 2)) as end_local, cc.rate as cc, opening.rate as opening, closing.rate as closing
    from paired
    inner join rates as cc on cc.currency = paired.currency and cc.month = -1
    inner join rates as closing on closing.currency = paired.currency and closing.month = paired.month
    left join rates as opening on opening.currency = paired.currency and opening.month = paired.month - 1
)

select client, month,
    cast(sum(round(start_local * cc, 2)) as decimal(18, 2)) as start_cc,
    cast(sum(round(end_local * cc, 2)) as decimal(18, 2)) as end_cc,
    cast(sum(case when start_local > 0 then round(start_local * opening, 2) else 0 end) as decimal(18, 2)) as start_reported,
    cast(sum(case when end_local > 0 then round(end_local * closing, 2) else 0 end) as decimal(18, 2)) as end_reported,
    cast(sum(case when start_local > 0 then round((end_local - start_local) * opening, 2) else round(end_local * closing, 2) end)
        as decimal(18, 2)) as change_reported
from money
group by client, month;

create temp table movements as
with typed as (
    select ends.*, end_cc - start_cc as change_cc,
        case
            when start_cc = end_cc then 'fx_only'
            when start_cc = 0 and month = first_month then 'new'
            when start_cc = 0 then 'reactivation'
            when end_cc = 0 then 'churn'
            when end_cc > start_cc then 'expansion'
            else 'contraction'
        end as movement_type
    from ends
    left join (select client, min(month) as first_month from ends where end_cc > 0 group by client) as firsts using (client)
)

select * replace (case when movement_type = 'fx_only' then 0 else change_reported end as change_reported),
    case when movement_type in ('new', 'reactivation') then month else month - 1 end as month_of_blame
from typed;

-- Tiers: the last twelve months' revenue, or in the first year ARR where that is more. Months without revenue count too.
create temp table tiers as
with by_month as (
    select revenue.client, revenue.month,
        sum(case when revenue.currency = getvariable('reporting_currency') then in_money(revenue.cents)
            else round(cast(in_money(revenue.cents) as decimal(18, 2)) * rates.rate, 2) end) as revenue_cc,
        sum(abs(revenue.cents)) > 0 as has_revenue
    from revenue
    inner join rates on rates.currency = revenue.currency and rates.month = -1
    group by revenue.client, revenue.month
),

firsts as (select client, min(month) as first_month from by_month where has_revenue group by client),

dense as (
    select client, first_month, unnest(range(first_month, getvariable('last_month') + 1)) as month from firsts
),

summed as (
    select dense.client, dense.month, dense.first_month, coalesce(ends.end_cc, 0) as arr_cc,
        sum(coalesce(by_month.revenue_cc, 0)) over (
            partition by dense.client order by dense.month rows between 11 preceding and current row
        ) as revenue_12m
    from dense
    left join by_month on by_month.client = dense.client and by_month.month = dense.month and by_month.has_revenue
    left join ends on ends.client = dense.client and ends.month = dense.month
),

limits as (
    select max(minimum_annual_revenue_cc) filter (tier = 'strategic') as strategic,
        max(minimum_annual_revenue_cc) filter (tier = 'growth') as growth,
        max(minimum_annual_revenue_cc) filter (tier = 'standard') as standard
    from read_csv(getvariable('seeds') || '/tiers.csv')
),

annual as (
    select client, month, case when month - first_month < 11 then greatest(revenue_12m, arr_cc) else revenue_12m end as annual_cc
    from summed
)

select client, month,
    case when annual_cc >= strategic then 'strategic' when annual_cc >= growth then 'growth'
        when annual_cc >= standard then 'standard' else 'tail' end as tier
from annual
cross join limits;

create temp table owners as
with changes as (
    select clients.client, clients.owner_id as present_owner_id, landed.changed_at, landed.owner_id
    from read_parquet(lake('owner_changes')) as landed
    inner join clients on clients.client_id = landed.account_id
    where landed._is_active and landed.changed_at < cast(getvariable('as_of') as date) + 1
    qualify row_number() over (
        partition by landed.account_id, landed.changed_at order by landed._newness_at desc, landed._load_seq desc, landed._line_number desc
    ) = 1
)

select client, month_number(changed_at) as from_month, arg_max(owner_id, changed_at) as am_id from changes group by client, month_number(changed_at)
union all
select client, 0 as from_month, arg_min(owner_id, changed_at) as am_id from changes group by client
union all
select client, 0 as from_month, owner_id as am_id from clients anti join changes using (client);

create table fct_arr_movements as
select clients.client_id, first_of(movements.month) as month, movements.movement_type, owners.am_id, coalesce(tiers.tier, 'tail') as tier,
    movements.start_cc as start_arr_cc, movements.end_cc as end_arr_cc, cast(movements.change_cc as decimal(18, 2)) as change_cc,
    movements.start_reported as start_arr_reported, movements.end_reported as end_arr_reported,
    cast(movements.change_reported as decimal(18, 2)) as change_reported,
    cast(movements.end_reported - movements.start_reported - movements.change_reported as decimal(18, 2)) as fx_effect_reported
from movements
inner join clients on clients.client = movements.client
left join tiers on tiers.client = movements.client and tiers.month = movements.month_of_blame
asof left join owners on owners.client = movements.client and owners.from_month <= movements.month_of_blame
where movements.change_cc <> 0 or movements.change_reported <> 0
    or movements.end_reported - movements.start_reported - movements.change_reported <> 0;

create macro ratio(a, b) as cast(cast(divided(cast(a as hugeint) * 100000000, cast(b as hugeint)) as decimal(28, 0))
    * cast(0.00000001 as decimal(8, 8)) as decimal(28, 8));

create table company_retention as
with dense as (
    select firsts.client, months.month, cast(coalesce(ends.end_cc, 0) * 100 as bigint) as cc,
        cast(coalesce(ends.end_reported, 0) * 100 as bigint) as reported
    from (
        select client, unnest(range(min(month), getvariable('last_month') + 1)) as month from ends where end_cc > 0 group by client
    ) as months
    inner join clients as firsts on firsts.client = months.client
    left join ends on ends.client = months.client and ends.month = months.month
),

lagged as (
    select month, cc, reported,
        [lag(cc, 1) over w, lag(cc, 3) over w, lag(cc, 12) over w] as starts,
        [lag(reported, 1) over w, lag(reported, 3) over w, lag(reported, 12) over w] as starts_reported
    from dense
    window w as (partition by client order by month)
),

cohorts as (
    select month, unnest([1, 3, 12]) as window_months, cc as e, reported as e_reported, unnest(starts) as s, unnest(starts_reported) as s_reported
    from lagged
),

summed as (
    select month, window_months, count(*) as clients_start, sum(case when e = 0 then 1 else 0 end) as clients_churned, sum(s) as s,
        sum(greatest(e - s, 0)) as expansion, sum(case when e > 0 then greatest(s - e, 0) else 0 end) as contraction,
        sum(case when e = 0 then s else 0 end) as churn, sum(e) as e, sum(s_reported) as s_reported, sum(e_reported) as e_reported,
        sum(least(s_reported, e_reported)) as kept_reported
    from cohorts
    where s > 0
    group by month, window_months
)

select first_of(month) as month, window_months, 'company' as segment, 'all' as segment_value, clients_start,
    cast(clients_churned as bigint) as clients_churned,
    cast(in_money(s) as decimal(18, 2)) as start_arr_cc, cast(in_money(expansion) as decimal(18, 2)) as expansion_cc,
    cast(in_money(contraction) as decimal(18, 2)) as contraction_cc, cast(in_money(churn) as decimal(18, 2)) as churn_cc,
    cast(in_money(e) as decimal(18, 2)) as end_arr_cc, ratio(e, s) as nrr_cc, ratio(s - contraction - churn, s) as grr_cc,
    cast(in_money(s_reported) as decimal(18, 2)) as start_arr_reported, cast(in_money(e_reported) as decimal(18, 2)) as end_arr_reported,
    ratio(e_reported, s_reported) as nrr_reported, ratio(kept_reported, s_reported) as grr_reported,
    cast((ratio(e_reported, s_reported) - ratio(e, s)) * 100 as decimal(28, 8)) as fx_effect_pp,
    ratio(clients_churned, clients_start) as logo_churn_rate, ratio(churn, s) as revenue_churn_rate, ratio(expansion, s) as expansion_rate
from summed;
