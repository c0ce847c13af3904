-- A contact's level: its own, else by its title (the company's patterns before the shipped ones, of each the longest), else other.
with contacts as (select * from {{ ref('stg_contacts') }}),

patterns as (
    select lower(trim(pattern)) as pattern, level, 1 as priority from {{ ref('stg_map_titles') }}
    union all
    select lower(trim(pattern)) as pattern, level, 2 as priority from {{ policy_at_as_of('title_levels', ['pattern']) }} as policy
),

titles as (
    select distinct lower(trim(title)) as title from contacts where level is null and title is not null
),

matched as (
    select
        titles.title,
        patterns.pattern,
        patterns.level,
        row_number() over (
            partition by titles.title
            order by patterns.priority asc nulls last, length(patterns.pattern) desc nulls last, patterns.pattern asc nulls last
        ) as choice
    from titles
    inner join patterns on position(patterns.pattern in titles.title) > 0
)

select
    contacts.contact_id,
    contacts.account_id,
    links.client_id,
    contacts.name,
    contacts.title,
    coalesce(contacts.level, matched.level, 'other') as level,
    case when contacts.level is null then matched.pattern end as title_pattern
from contacts
inner join {{ ref('int_clients__by_account') }} as links on links.account_id = contacts.account_id
left join matched on matched.title = lower(trim(contacts.title)) and matched.choice = 1
