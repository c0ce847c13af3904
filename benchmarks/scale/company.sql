-- A company of any size, as views `file_<entity>` with the columns of the template files. Every value is a hash of the seed, of
-- what the row is, and of a word for the column, so that no row depends on another's place. `row_on`: the day on which the row
-- is exported first; `client`: its client's number, where a file is written in parts.
-- Variables: seed, clients, first_month, as_of (the export's day).

create macro roll(word, a, b) as (hash(a, b, word, getvariable('seed')) % 1000003) / 1000003.0;
create macro pick(word, a, b, n) as cast(hash(a, b, word, getvariable('seed')) % n as integer);
create macro first_day(m) as cast(getvariable('first_month') + to_months(cast(m as integer)) as date);
-- The day a service begins in month m: the anchor's day, or the month's last where the month is too short.
create macro begins(m, anchor) as least(cast(first_day(m) + to_days(anchor - 1) as date), last_day(first_day(m)));
create macro time_on(day, hours) as strftime(cast(day as timestamp) + to_minutes(cast(hours * 60 as integer)), '%Y-%m-%dT%H:%M:%SZ');

create table months as
select cast(m as integer) as m
from range(0, datediff('month', getvariable('first_month'), getvariable('as_of')) + 1) as all_months(m);

create table currencies(currency, per_usd, per_eur, swing, least_amount) as
values ('USD', 1.0, 1.09, 0.05, 1), ('EUR', 0.92, 1.0, 0.0, 1), ('GBP', 0.79, 0.86, 0.03, 1), ('CHF', 0.88, 0.96, 0.02, 1),
    ('CAD', 1.36, 1.48, 0.04, 1), ('JPY', 150.0, 163.0, 0.08, 100);

create table places(place, country, region, time_zone, other_country) as
values (0, 'US', 'Americas', 'America/New_York', 'CA'), (1, 'US', 'Americas', 'America/Chicago', 'MX'),
    (2, 'CA', 'Americas', 'America/Toronto', 'US'), (3, 'GB', 'EMEA', 'Europe/London', 'IE'), (4, 'DE', 'EMEA', 'Europe/Berlin', 'AT'),
    (5, 'FR', 'EMEA', 'Europe/Paris', 'BE'), (6, 'CH', 'EMEA', 'Europe/Zurich', 'DE'), (7, 'NL', 'EMEA', 'Europe/Amsterdam', 'DE'),
    (8, 'JP', 'APAC', 'Asia/Tokyo', 'SG'), (9, 'SG', 'APAC', 'Asia/Singapore', 'MY');

create table users as
select cast(n as integer) as number, printf('U%06d', n) as user_id, pick('place', n, 0, 10) as place,
    first_day(0) - to_days(200 + pick('role', n, 0, 1500)) as role_started_on
from range(0, greatest(2, getvariable('clients') // 40)) as numbers(n);

create table clients as
select
    cast(n as integer) as client,
    printf('A%08d', n) as account_id,
    case when roll('founding', n, 0) < 0.7 then 0 else 1 + pick('joined', n, 0, 44) end as joined,
    exp(9.6 + 4.2 * power(roll('size', n, 0), 1.6)) as size_at_start,
    case
        when roll('currency', n, 0) < 0.45 then 'USD' when roll('currency', n, 0) < 0.72 then 'EUR'
        when roll('currency', n, 0) < 0.84 then 'GBP' when roll('currency', n, 0) < 0.91 then 'CHF'
        when roll('currency', n, 0) < 0.96 then 'CAD' else 'JPY'
    end as currency,
    case when roll('second', n, 0) < 0.05 then 'GBP' end as second_currency,
    case when roll('switch', n, 0) < 0.03 then 12 + pick('switch month', n, 0, 30) else 999 end as switch_month,
    pick('place', n, 0, 10) as place,
    ['Health', 'Finance', 'Retail', 'Energy', 'Logistics', 'Software', 'Public sector', 'Chemicals'][1 + pick('industry', n, 0, 8)]
        as industry,
    1 + pick('billing day', n, 0, 28) as billing_day,
    case when roll('anchor', n, 0) < 0.70 then 1 when roll('anchor', n, 0) < 0.97 then 1 + pick('billing day', n, 0, 28) else 31 end
        as anchor,
    1 + pick('managed', n, 0, 3) as managed_lines,
    roll('annual', n, 0) < 0.5 and roll('switch', n, 0) >= 0.03 as has_annual,
    roll('quarterly', n, 0) < 0.3 as has_quarterly,
    case when roll('hours', n, 0) < 0.65 then 1 + pick('hours lines', n, 0, 5) else 0 end as hours_lines,
    case when roll('children', n, 0) < 0.3 then 1 + pick('children', n, 1, 2) else 0 end as children,
    pick('owner', n, 0, greatest(2, getvariable('clients') // 40)) as owner,
    case when roll('handover', n, 0) < 0.3 then 6 + pick('handover month', n, 0, 40) end as handover_month
from range(0, getvariable('clients')) as numbers(n)
order by client;

-- A client's stays: it may leave, and one of five that leave comes back.
create table stays as
with leaving as (
    select clients.client, clients.joined, min(months.m) as left_in
    from clients
    left join months on months.m >= clients.joined + 4 and roll('leave', clients.client, months.m) < 0.010
    group by clients.client, clients.joined
),

coming_back as (
    select *, case when roll('return', client, 0) < 0.2 then left_in + 6 + pick('away', client, 0, 9) end as back_in from leaving
),

leaving_again as (
    select coming_back.client, coming_back.back_in, min(months.m) as left_in
    from coming_back
    left join months on months.m >= coming_back.back_in + 4 and roll('leave again', coming_back.client, months.m) < 0.015
    where coming_back.back_in is not null
    group by coming_back.client, coming_back.back_in
)

select client, 1 as stay, joined as from_month, left_in as until_month from coming_back
union all
select client, 2 as stay, back_in as from_month, left_in as until_month from leaving_again;

create table moves as
with factors as (
    select
        stays.client,
        months.m,
        stays.stay,
        months.m - stays.from_month as month_of_stay,
        case
            when months.m = stays.from_month then case when stays.stay = 1 then 1.0 else 0.6 end
            when roll('move', stays.client, months.m) < 0.035 then 1.06 + 0.28 * roll('more', stays.client, months.m)
            when roll('move', stays.client, months.m) < 0.048 then 0.96 - 0.30 * roll('less', stays.client, months.m)
            else 1.0
        end as factor
    from stays
    inner join months on months.m >= stays.from_month and months.m < coalesce(stays.until_month, 9999)
)

select *, exp(sum(ln(factor)) over (partition by client order by m)) as growth from factors;

-- What a client pays in a month: USD a year, and the units of its own currency that the lines of a month are computed in.
create table active as
select
    moves.client, moves.m, moves.stay, moves.month_of_stay, moves.factor,
    clients.account_id, clients.managed_lines, clients.has_annual, clients.has_quarterly, clients.hours_lines, clients.anchor,
    clients.billing_day, clients.children, clients.place,
    case when moves.m >= clients.switch_month then 'EUR' else clients.currency end as currency,
    clients.second_currency,
    clients.size_at_start * moves.growth as size
from moves
inner join clients on clients.client = moves.client
order by moves.client, moves.m;  -- files of one seed are the same to the byte

create macro in_units(usd, per_usd, least_amount) as cast(floor(usd * per_usd * 100 / least_amount) as bigint) * least_amount;

create table slots(slot, product, share) as
values (0, 'Managed service', 0.45), (1, 'Managed service', 0.45), (2, 'Managed service', 0.45), (3, 'Subscription', 0.15),
    (4, 'Retainer', 0.10), (5, 'Contract hours', 0.30), (6, 'Contract hours', 0.30), (7, 'Contract hours', 0.30),
    (8, 'Contract hours', 0.30), (9, 'Contract hours', 0.30), (10, 'Placement fee', 0.0), (11, 'Setup fee', 0.0);

create view billed as
select
    active.*,
    slots.slot,
    slots.product,
    slots.slot between 5 and 9 and active.second_currency is not null as is_second,
    rates.per_usd,
    rates.least_amount,
    first_day(active.m) + to_days(active.billing_day - 1) as issued_on,
    -- Two decimals, as whole hundredths: of a year of the subscription twelve times a month of it, so that credits for a rest of
    -- the year take away exactly what is left.
    case
        when slots.slot <= 2 then in_units(active.size * slots.share / active.managed_lines / 12, rates.per_usd, rates.least_amount)
        when slots.slot = 3 then 12 * in_units(active.size * slots.share / 12, rates.per_usd, rates.least_amount)
        when slots.slot = 4 then in_units(active.size * slots.share / 4, rates.per_usd, rates.least_amount)
        when slots.slot <= 9 then in_units(
            active.size * slots.share / active.hours_lines / 12 * (0.8 + 0.4 * roll('hours of month', active.client * 16 + slots.slot, active.m)),
            rates.per_usd, rates.least_amount)
        else in_units(1500 + 9000 * roll('fee', active.client * 16 + slots.slot, active.m), rates.per_usd, rates.least_amount)
    end as units,
    case
        when slots.slot <= 4 then begins(active.m, active.anchor) when slots.slot <= 9 then first_day(active.m - 1)
    end as service_start,
    case
        when slots.slot <= 2 then begins(active.m + 1, active.anchor) - 1
        when slots.slot = 3 then begins(active.m + 12, active.anchor) - 1
        when slots.slot = 4 then begins(active.m + 3, active.anchor) - 1
        when slots.slot <= 9 then last_day(first_day(active.m - 1))
    end as service_end
from active
cross join slots
inner join currencies as rates
    on rates.currency = case
        when slots.slot between 5 and 9 and active.second_currency is not null then active.second_currency else active.currency
    end
where slots.slot < active.managed_lines
    or (slots.slot = 3 and active.has_annual and active.month_of_stay % 12 = 0)
    or (slots.slot = 4 and active.has_quarterly and active.month_of_stay % 3 = 0)
    or (slots.slot between 5 and 9 and slots.slot - 5 < active.hours_lines and active.month_of_stay > 0)
    or (slots.slot = 10 and roll('fee due', active.client, active.m) < 0.3)
    or (slots.slot = 11 and active.month_of_stay = 0);

-- The subscription's year goes on when the business changes or ends: more is billed, less is credited for the rest of it.
create view changed_years as
with now as (
    select client, m, stay, month_of_stay, account_id, currency, anchor, billing_day, size, size / factor as size_before, false as is_end
    from active
    where has_annual and factor <> 1 and month_of_stay % 12 <> 0
    union all
    select
        last_month.client, last_month.m + 1 as m, last_month.stay, last_month.month_of_stay + 1 as month_of_stay, last_month.account_id,
        last_month.currency, last_month.anchor, last_month.billing_day, 0.0 as size, last_month.size as size_before, true as is_end
    from stays
    inner join active as last_month on last_month.client = stays.client and last_month.m = stays.until_month - 1
    where last_month.has_annual and (last_month.month_of_stay + 1) % 12 <> 0
)

select
    now.*,
    first_day(now.m) + to_days(now.billing_day - 1) as issued_on,
    now.m - now.month_of_stay % 12 as year_began,
    (in_units(now.size * 0.15 / 12, rates.per_usd, rates.least_amount)
        - in_units(now.size_before * 0.15 / 12, rates.per_usd, rates.least_amount)) * (12 - now.month_of_stay % 12) as units
from now
inner join currencies as rates on rates.currency = now.currency;

-- Credits without a period of their own: a gesture, or a price that was wrong, on last month's first managed line.
create view afterthoughts as
select
    *,
    first_day(m + 1) + to_days(billing_day - 1) as credited_on,
    roll('gesture', client, m) < 0.01 as is_gesture
from billed
where slot = 0 and (roll('gesture', client, m) < 0.01 or roll('correction', client, m) < 0.01);

create macro invoice_of(client, m, is_second) as printf('I%08d-%02d%s', client, m, case when is_second then 'b' else '' end);
create macro line_of(client, m, slot) as printf('L%08d-%02d-%02d', client, m, slot);

create view file_invoice_lines as
with lines as (
    select
        issued_on, client, m, slot, product, units, service_start, service_end, place,
        line_of(client, m, slot) as line_id,
        invoice_of(client, m, is_second) as invoice_id,
        cast(null as varchar) as credits_line_id
    from billed
    union all
    select
        changed.issued_on, changed.client, changed.m, 3 as slot, 'Subscription' as product, changed.units,
        begins(changed.m, changed.anchor) as service_start, begins(changed.year_began + 12, changed.anchor) - 1 as service_end,
        clients.place,
        printf(case when changed.units > 0 then 'M%08d-%02d' else 'K%08d-%02d' end, changed.client, changed.m) as line_id,
        case when changed.units > 0 then invoice_of(changed.client, changed.m, false) else printf('C%08d-%02d', changed.client, changed.m) end
            as invoice_id,
        case when changed.units < 0 then line_of(changed.client, changed.year_began, 3) end as credits_line_id
    from changed_years as changed
    inner join clients on clients.client = changed.client
    where changed.units <> 0
    union all
    select
        credited_on as issued_on, client, m, slot, product, -(units * case when is_gesture then 20 else 10 end) // (100 * least_amount) * least_amount as units,
        cast(null as date) as service_start, cast(null as date) as service_end, place,
        printf('G%08d-%02d', client, m) as line_id, printf('N%08d-%02d', client, m) as invoice_id,
        line_of(client, m, slot) as credits_line_id
    from afterthoughts
)

select
    cast(lines.issued_on as date) as row_on,
    lines.client,
    lines.line_id,
    lines.invoice_id,
    lines.product,
    case when lines.slot <= 9 and roll('no quantity', lines.client, lines.slot) < 0.9
        then greatest(1, abs(lines.units) // case when lines.slot <= 4 then 500000 else 8500 end) * sign(lines.units) end as quantity,
    cast(lines.units * cast(0.01 as decimal(3, 2)) as decimal(18, 2)) as amount,
    lines.service_start,
    lines.service_end,
    lines.credits_line_id,
    ['Technology', 'Operations', 'Advisory', null][1 + pick('division', lines.client, lines.slot, 4)] as division,
    case when pick('abroad', lines.client, lines.slot, 4) = 0 then places.other_country else places.country end as country,
    case when lines.slot <= 2 then 'Managed services' when lines.slot <= 4 then 'Platform' else 'Staffing' end as service_line,
    case when lines.slot >= 5
        then ['Engineering', 'Data', 'Finance', 'Sales', 'Nursing', 'Logistics'][1 + pick('family', lines.client, lines.slot, 6)] end
        as job_family,
    case when roll('no cost', lines.client, lines.slot) < 0.8 then cast(lines.units * 7 // 10 * cast(0.01 as decimal(3, 2)) as decimal(18, 2)) end as cost
from lines
inner join places on places.place = lines.place;

create view file_invoices as
with documents as (
    select
        client, m, invoice_of(client, m, false) as invoice_id, 'invoice' as kind, currency,
        first_day(m) + to_days(billing_day - 1) as issued_on, cast(null as varchar) as credits_invoice_id, cast(null as varchar) as reason
    from active
    union all
    select
        client, m, invoice_of(client, m, true) as invoice_id, 'invoice' as kind, second_currency as currency,
        first_day(m) + to_days(billing_day - 1) as issued_on, cast(null as varchar) as credits_invoice_id, cast(null as varchar) as reason
    from active
    where second_currency is not null and hours_lines > 0 and month_of_stay > 0
    union all
    select
        client, m, printf('C%08d-%02d', client, m) as invoice_id, 'credit_note' as kind, currency, issued_on,
        invoice_of(client, year_began, false) as credits_invoice_id,
        case when is_end then 'Cancellation' else 'Rate correction' end as reason
    from changed_years
    where units < 0
    union all
    select
        client, m, printf('N%08d-%02d', client, m) as invoice_id, 'credit_note' as kind, currency, credited_on as issued_on,
        invoice_of(client, m, false) as credits_invoice_id, case when is_gesture then 'Goodwill' else 'Price correction' end as reason
    from afterthoughts
),

dated as (
    select
        documents.*,
        case
            when kind = 'invoice' and roll('void', client, m) < 0.003 then 'void'
            when kind = 'invoice' and roll('void', client, m) < 0.006 then 'draft'
            when kind = 'invoice' and roll('void', client, m) < 0.009 then 'uncollectible'
            when kind = 'credit_note' then 'open'
            else 'paid'
        end as status_at_last,
        cast(issued_on as date) + 8 + pick('days to pay', client, m, 40) as paid_at_last
    from documents
)

select
    cast(dated.issued_on as date) as row_on,
    case when dated.status_at_last = 'paid' then dated.paid_at_last end as changed_on,
    dated.client,
    dated.invoice_id,
    clients.account_id || case
        when pick('billed to', dated.client, dated.m, 3) < clients.children then '-' || (1 + pick('billed to', dated.client, dated.m, 3)) else ''
    end as account_id,
    dated.kind,
    case when dated.status_at_last = 'paid' and dated.paid_at_last > getvariable('as_of') then 'open' else dated.status_at_last end as status,
    dated.currency,
    cast(dated.issued_on as date) as issued_on,
    cast(dated.issued_on as date) + 30 as due_on,
    case when dated.status_at_last = 'paid' and dated.paid_at_last <= getvariable('as_of') then dated.paid_at_last end as paid_on,
    dated.status_at_last = 'uncollectible' as in_collections,
    dated.credits_invoice_id,
    dated.reason
from dated
inner join clients on clients.client = dated.client;
