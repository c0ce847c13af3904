-- The entities beside invoices: people, hierarchy, rates, and about as many events a month as a client has invoice lines.

create view file_users as
select first_day(0) as row_on, user_id, 'Manager ' || user_id as name, lower(user_id) || '@tenure.example' as email, places.region,
    places.time_zone, cast(users.role_started_on as date) as role_started_on, true as is_active
from users
inner join places on places.place = users.place;

create view file_accounts as
with accounts as (
    select client, account_id, 0 as position, cast(null as varchar) as parent_account_id, cast(null as varchar) as merged_into_account_id
    from clients
    union all
    select clients.client, clients.account_id || '-' || numbers.n as account_id, numbers.n as position,
        case when numbers.n = 2 then clients.account_id || '-1' else clients.account_id end as parent_account_id,
        cast(null as varchar) as merged_into_account_id
    from clients
    inner join range(1, 3) as numbers(n) on numbers.n <= clients.children
    union all
    select client, account_id || '-9' as account_id, 9 as position, cast(null as varchar) as parent_account_id,
        account_id as merged_into_account_id
    from clients
    where roll('merged', client, 0) < 0.02
)

select
    first_day(0) as row_on,
    accounts.account_id,
    ['Müller', 'Smith, Ltd', 'Dupont', '東京', 'Šimek', 'O''Hara'][1 + pick('name', clients.client, 0, 6)] || ' ' || accounts.account_id as name,
    accounts.parent_account_id,
    accounts.merged_into_account_id,
    -- The present owner: the one after the handover, once that has happened.
    printf('U%06d', case when first_day(clients.handover_month) <= getvariable('as_of')
        then (clients.owner + 1) % greatest(2, getvariable('clients') // 40) else clients.owner end) as owner_id,
    case when roll('no industry', clients.client, 0) < 0.97 then clients.industry end as industry,
    places.country,
    places.region,
    places.time_zone,
    clients.currency as billing_currency,
    first_day(clients.joined) - 60 as created_on,
    'P' || accounts.account_id || '-0' as executive_sponsor_contact_id,
    cast(floor(clients.size_at_start * 4) as decimal(18, 2)) as category_spend,
    'USD' as category_spend_currency,
    case when roll('support', clients.client, 0) < 0.3 then date '2027-12-31' end as support_arrangement_ends_on,
    roll('support', clients.client, 0) < 0.3 as is_support_client
from accounts
inner join clients on clients.client = accounts.client
inner join places on places.place = clients.place;

create view file_owner_changes as
select first_day(joined) as row_on, account_id, time_on(first_day(joined) - 30, 9) as changed_at, printf('U%06d', owner) as owner_id
from clients
where handover_month > joined
union all
select first_day(handover_month) + 9 as row_on, account_id, time_on(first_day(handover_month) + 9, 12) as changed_at,
    printf('U%06d', (owner + 1) % greatest(2, getvariable('clients') // 40)) as owner_id
from clients
where handover_month > joined;

create view file_contacts as
select first_day(0) as row_on, printf('P%s-%d', clients.account_id, numbers.n) as contact_id, clients.account_id,
    printf('Person %d of %s', numbers.n, clients.account_id) as name,
    printf('person%d@%s.example', numbers.n, lower(clients.account_id)) as email,
    ['Chief Operating Officer', 'Head of Talent', 'Recruiter'][1 + numbers.n] as title,
    ['executive', 'manager', null][1 + numbers.n] as level
from clients
cross join range(0, 3) as numbers(n);

create view file_fx_rates as
select cast(days.day as date) as row_on, cast(days.day as date) as date, currencies.currency,
    cast(currencies.per_eur * (1 + currencies.swing * sin(datediff('day', first_day(0), days.day) / 97.0 + length(currencies.currency) + ascii(currencies.currency)))
        as decimal(18, 4)) as per_eur
from generate_series(first_day(0) - interval 10 day, cast(getvariable('as_of') as timestamp), interval 1 day) as days(day)
cross join currencies
where dayofweek(days.day) between 1 and 5 and currencies.currency <> 'EUR';

create view file_map_products as
select first_day(0) as row_on, product, revenue_type
from (values ('Managed service', 'recurring'), ('Subscription', 'recurring'), ('Retainer', 'recurring'), ('Contract hours', 'usage'),
    ('Placement fee', 'one_off'), ('Setup fee', 'one_off')) as products(product, revenue_type);

create view file_map_churn_reasons as
select first_day(0) as row_on, reason, churn_category
from (values ('Price', 'voluntary'), ('Competitor', 'voluntary'), ('Non-payment', 'involuntary'), ('Acquired', 'structural'))
    as reasons(reason, churn_category);

create view file_contracts as
select first_day(stays.from_month) as row_on, printf('K%08d-%d-%d', clients.client, stays.stay, years.n) as contract_id,
    clients.account_id, first_day(stays.from_month + 12 * years.n) as starts_on,
    first_day(stays.from_month + 12 * (years.n + 1)) - 1 as ends_on,
    cast(floor(clients.size_at_start) as decimal(18, 2)) as value, clients.currency, pick('clause', clients.client, 0, 2) = 0 as has_fx_clause,
    case when stays.until_month < stays.from_month + 12 * (years.n + 1) then first_day(stays.until_month) end as terminated_on,
    case when stays.until_month < stays.from_month + 12 * (years.n + 1)
        then ['Price', 'Competitor', 'Non-payment', 'Acquired', null][1 + pick('reason', clients.client, stays.stay, 5)] end as termination_reason
from stays
inner join clients on clients.client = stays.client
cross join range(0, 5) as years(n)
where stays.from_month + 12 * years.n < coalesce(stays.until_month, 999) and first_day(stays.from_month + 12 * years.n) <= getvariable('as_of');

-- One row an event, client and month: `copies` in a hundred months have the copy with that number.
create macro happens(word, client, m, n) as first_day(m) + pick(word || ' day', client * 8 + n, m, 28);
create view events as
select active.client, active.m, active.account_id, active.place, active.currency, cast(numbers.n as integer) as n,
    printf('%08d-%02d-%d', active.client, active.m, numbers.n) as key,
    printf('U%06d', clients.owner) as owner_id, active.size
from active
inner join clients on clients.client = active.client
cross join range(0, 2) as numbers(n);

create view file_activities as
select happens('activity', client, m, n) as row_on, 'V' || key as activity_id, account_id,
    printf('P%s-%d', account_id, pick('person', client * 8 + n, m, 3)) as contact_id, owner_id as user_id,
    ['call', 'email', 'meeting', 'ops_sync', 'strategic_review', 'qbr', 'planning', 'check_in', 'plan_update'][1 + pick('kind', client * 8 + n, m, 9)] as type,
    time_on(happens('activity', client, m, n), 10) as happened_at, time_on(happens('activity', client, m, n), 10 + 30 * roll('logged', client, m)) as logged_at,
    roll('held', client, m) < 0.95 as is_held, roll('executive', client, m) < 0.4 as executive_attended,
    happens('activity', client, m, n) - 4 as deck_ready_on, roll('actions', client, m) < 0.8 as actions_logged,
    happens('activity', client, m, n) + 5 as follow_up_on
from events
where roll('activity', client * 8 + n, m) < 0.6;

create view file_communications as
select happens('mail', client, m, n) as row_on, 'E' || key as communication_id, account_id, owner_id as user_id,
    case when n = 0 then 'email' else 'meeting_request' end as kind, ['critical', 'urgent', 'normal', null][1 + pick('urgency', client * 8 + n, m, 4)] as urgency,
    time_on(happens('mail', client, m, n), 9) as received_at, time_on(happens('mail', client, m, n), 9.2 + 12 * roll('answer', client * 8 + n, m)) as responded_at
from events
where roll('mail', client * 8 + n, m) < 0.3;

create view file_escalations as
select happens('escalation', client, m, n) as row_on, 'X' || key as escalation_id, account_id, printf('P%d', pick('severity', client, m, 4)) as severity,
    time_on(happens('escalation', client, m, n), 8) as opened_at, time_on(happens('escalation', client, m, n), 8 + 20 * roll('first', client, m)) as responded_at,
    time_on(happens('escalation', client, m, n), 30 + 200 * roll('solved', client, m)) as resolved_at, owner_id
from events
where n = 0 and roll('escalation', client, m) < 0.04;

create view file_support_tickets as
select happens('ticket', client, m, n) as row_on, 'T' || key as ticket_id, account_id, time_on(happens('ticket', client, m, n), 11) as opened_at,
    time_on(happens('ticket', client, m, n), 11 + 10 * roll('reply', client, m)) as responded_at,
    time_on(happens('ticket', client, m, n), 30 + 50 * roll('closed', client, m)) as resolved_at, 8 as sla_response_hours
from events
where n = 0 and roll('ticket', client, m) < 0.12;

create view file_nps_responses as
select happens('nps', client, m, n) as row_on, 'R' || key as response_id, account_id, printf('P%s-%d', account_id, n) as respondent_id,
    case when n = 0 then 'relationship' else 'transactional' end as survey_type, least(10, 3 + pick('score', client * 8 + n, m, 9)) as score,
    time_on(happens('nps', client, m, n), 14) as responded_at, cast(null as varchar) as comment
from events
where roll('nps', client * 8 + n, m) < 0.13;

create view file_csat_responses as
select happens('csat', client, m, n) as row_on, 'S' || key as response_id, account_id, cast(null as varchar) as project_id,
    60 + pick('csat', client, m, 41) as score, time_on(happens('csat', client, m, n), 15) as responded_at
from events
where n = 0 and roll('csat', client, m) < 0.1;

create view file_job_orders as
select happens('order', client, m, n) as row_on, 'O' || key as order_id, account_id, happens('order', client, m, n) as opened_on,
    case when roll('filled', client * 8 + n, m) < 0.85 then happens('order', client, m, n) + 20 + pick('days', client * 8 + n, m, 90) end as closed_on,
    1 + pick('openings', client * 8 + n, m, 3) as openings
from events
where roll('order', client * 8 + n, m) < 0.25;

create view file_placements as
select happens('order', client, m, n) + 30 as row_on, 'F' || key as placement_id, 'O' || key as order_id, account_id,
    happens('order', client, m, n) as ordered_on, happens('order', client, m, n) + 30 as started_on
from events
where roll('order', client * 8 + n, m) < 0.25 and roll('filled', client * 8 + n, m) < 0.85;

create view file_opportunities as
select happens('deal', client, m, n) as row_on, 'D' || key as opportunity_id, account_id, ['expansion', 'renewal', 'other'][1 + pick('deal', client, m, 3)] as type,
    'Closed' as stage, true as is_closed, roll('won', client, m) < 0.6 as is_won, roll('qualified', client, m) < 0.7 as is_qualified,
    cast(floor(size * 0.1) as decimal(18, 2)) as amount, currency, time_on(happens('deal', client, m, n) - 40, 9) as created_at,
    happens('deal', client, m, n) as closed_on, cast(null as varchar) as loss_reason, owner_id
from events
where n = 0 and roll('deal', client, m) < 0.12;

create view file_action_items as
select happens('item', client, m, n) as row_on, 'B' || key as item_id, account_id, happens('item', client, m, n) as added_on,
    case when roll('done', client, m) < 0.9 then happens('item', client, m, n) + 5 + pick('item days', client, m, 80) end as closed_on
from events
where n = 0 and roll('item', client, m) < 0.15;

create view file_programme_tasks as
select happens('task', client, m, n) as row_on, 'Z' || key as task_id, account_id, ['bcp', 'programme_update'][1 + pick('task kind', client, m, 2)] as kind,
    happens('task', client, m, n) as issued_on, happens('task', client, m, n) + 20 as due_on, happens('task', client, m, n) + 2 as acknowledged_on,
    happens('task', client, m, n) + 10 + pick('task days', client, m, 15) as done_on
from events
where n = 0 and roll('task', client, m) < 0.05;

create view file_projects as
select happens('project', client, m, n) as row_on, 'J' || key as project_id, account_id, happens('project', client, m, n) as starts_on,
    happens('project', client, m, n) + 60 as due_on, happens('project', client, m, n) + 40 + pick('project days', client, m, 30) as delivered_on,
    cast(50000 as decimal(18, 2)) as budget, cast(40000 + pick('project cost', client, m, 15000) as decimal(18, 2)) as actual_cost, currency, true as is_active
from events
where n = 0 and roll('project', client, m) < 0.03;

create view file_savings as
select first_day(m) as row_on, 'Q' || key as saving_id, account_id, first_day(m) as month, cast(1000 as decimal(18, 2)) as planned,
    cast(pick('saved', client, m, 1500) as decimal(18, 2)) as delivered, currency
from events
where n = 0 and roll('saving', client, m) < 0.08;

create view file_recruiter_feedback as
select first_day(months.m) + 5 as row_on, printf('%s-%02d', users.user_id, months.m) as response_id, users.user_id,
    5 + pick('feedback', users.number, months.m, 6) as score, time_on(first_day(months.m) + 5, 16) as responded_at
from users
cross join months;

create view file_targets as
select first_day(months.m) as row_on, users.user_id, first_day(months.m) as quarter, metrics.metric, metrics.target, cast(null as varchar) as objective
from users
cross join months
cross join (values ('quota', 400000), ('expansion_goal', 250000)) as metrics(metric, target)
where months.m % 3 = 2;

create view file_public_holidays as
select first_day(0) as row_on, country, date '2026-05-15' as date, 'Company day' as name
from (select distinct country from places) as countries
order by country;  -- files of one seed are the same to the byte
