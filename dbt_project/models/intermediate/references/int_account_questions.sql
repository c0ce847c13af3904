-- What billing, survey, ticket and recruiting systems ask of the crosswalk: every distinct question, an entity's after the other's.
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
)

select distinct source, lookup_key, account_key, account_hint, account_name_key, email from asked
