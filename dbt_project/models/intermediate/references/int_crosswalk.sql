-- Which CRM account is meant by a billing, survey, ticket or recruiting system's record: never a guess. One row for each
-- distinct question (source and all that the record says of its account) that has an answer; `rule` is the one that matched.
with asked as (
    {% for entity in entities_of_accounts() if entity not in ['map_accounts', 'owner_changes'] %}
    select
        _source as source,
        {{ crosswalk_lookup_key('landed') }} as lookup_key,
        _account_key as account_key,
        _account_hint as account_hint,
        _account_name_key as account_name_key,
        {% if entity in ['nps_responses', 'csat_responses'] %}lower(_account_email){% else %}cast(null as string){% endif %} as email
    from {{ source('lake', entity) }} as landed
    where account_id is null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

questions as (select distinct source, lookup_key, account_key, account_hint, account_name_key, email from asked),

accounts as (select * from {{ ref('stg_accounts') }}),

mapped as (
    select questions.lookup_key, questions.source, links.account_id, 1 as priority, 'map_accounts' as rule
    from questions
    inner join {{ ref('stg_map_accounts') }} as links
        on links.source = questions.source and links.source_key = questions.account_key
),

-- The CRM's own field goes before what a billing system's customer says of itself.
external_ids as (
    select
        source,
        source_key,
        account_id,
        row_number() over (
            partition by source, source_key
            order by case when _source = source then 1 else 0 end asc, _newness_at desc nulls last, _load_seq desc nulls last,
                account_id asc nulls last
        ) as choice
    from {{ source('lake', 'account_external_ids') }}
),

external as (
    select questions.lookup_key, questions.source, ids.account_id, 2 as priority, 'external_id' as rule
    from questions
    inner join external_ids as ids
        on ids.source = questions.source and ids.source_key = questions.account_key and ids.choice = 1
    inner join accounts on accounts.account_id = ids.account_id
),

hinted as (
    select questions.lookup_key, questions.source, accounts.account_id, 3 as priority, 'carried_id' as rule
    from questions
    inner join accounts on accounts.account_id = questions.account_hint
),

unique_names as (
    select name_key, min(account_id) as account_id
    from accounts
    where name_key is not null
    group by name_key
    having count(*) = 1
),

unique_foreign_names as (
    select source, account_name_key
    from questions
    where account_name_key is not null
    group by source, account_name_key
    having count(distinct coalesce(account_key, '')) = 1
),

named as (
    select questions.lookup_key, questions.source, unique_names.account_id, 4 as priority, 'name' as rule
    from questions
    inner join unique_names on unique_names.name_key = questions.account_name_key
    inner join unique_foreign_names
        on unique_foreign_names.source = questions.source
        and unique_foreign_names.account_name_key = questions.account_name_key
),

contacts as (
    select lower(trim(present.email)) as email, present.account_id
    from {{ present_rows(source('lake', 'contacts'), ['contact_id'], has_refusal=false) }} as present
    inner join accounts on accounts.account_id = present.account_id
    where present.email like '%@%'
),

by_email as (
    select email, min(account_id) as account_id from contacts group by email having count(distinct account_id) = 1
),

by_domain as (
    select split_part(contacts.email, '@', 2) as domain, min(contacts.account_id) as account_id
    from contacts
    where split_part(contacts.email, '@', 2) not in (select domain from {{ ref('public_mail_domains') }})
    group by split_part(contacts.email, '@', 2)
    having count(distinct contacts.account_id) = 1
),

mailed as (
    select questions.lookup_key, questions.source, by_email.account_id, 5 as priority, 'email' as rule
    from questions
    inner join by_email on by_email.email = questions.email
    union all
    select questions.lookup_key, questions.source, by_domain.account_id, 6 as priority, 'email_domain' as rule
    from questions
    inner join by_domain on by_domain.domain = split_part(questions.email, '@', 2)
),

answers as (
    select * from mapped
    union all
    select * from external
    union all
    select * from hinted
    union all
    select * from named
    union all
    select * from mailed
),

ranked as (
    select
        *,
        row_number() over (partition by source, lookup_key order by priority asc nulls last, account_id asc nulls last) as choice
    from answers
)

select source, lookup_key, account_id, rule
from ranked
where choice = 1
