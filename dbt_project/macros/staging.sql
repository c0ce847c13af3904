{#-
    From landed rows to the present row of each key. A row is refused here when it refers to an account or invoice that does
    not exist; what refuses it is looked up at every build, so that a late parent heals it. Refused rows are ops.quarantine's.
-#}

{#- Entities with an account, in the words of the entity contracts (a test compares). -#}
{% macro entities_of_accounts() %}{{ return([
    'owner_changes', 'contacts', 'opportunities', 'contracts', 'activities', 'communications', 'escalations',
    'support_tickets', 'invoices', 'nps_responses', 'csat_responses', 'job_orders', 'placements', 'projects',
    'action_items', 'programme_tasks', 'savings', 'map_accounts',
]) }}{% endmacro %}

{#- The landed rows of an entity with an account: found_account_id, and refusal (NULL = taken). -#}
{% macro rows_with_account(entity) %}(
    select
        landed.*,
        coalesce(landed.account_id, crosswalk.account_id) as found_account_id,
        case
            when accounts.account_id is not null then null
            when landed.account_id is not null then 'account ''' || landed.account_id || ''' does not exist'
            else 'no account for ' || landed._source || ' customer ' || coalesce(landed._account_key, '(none)')
                || coalesce(', ''' || landed._account_name || '''', '')
        end as refusal
    from {{ source('lake', entity) }} as landed
    left join {{ ref('int_crosswalk') }} as crosswalk
        on crosswalk.source = landed._source
        and crosswalk.lookup_key = case when landed.account_id is null then {{ crosswalk_lookup_key('landed') }} end
    left join {{ ref('stg_accounts') }} as accounts
        on accounts.account_id = coalesce(landed.account_id, crosswalk.account_id)
){% endmacro %}

{#- One text of all that a foreign record says of its account; the crosswalk answers it once for each distinct text. -#}
{% macro crosswalk_lookup_key(row) -%}
    coalesce({{ row }}._account_key, '') || '|' || coalesce({{ row }}._account_hint, '') || '|'
        || coalesce({{ row }}._account_name_key, '') || '|' || lower(coalesce({{ row }}._account_email, ''))
{%- endmacro %}

{#-
    The present row of each key out of `rows`: of those that were not refused, the one of the newest export; none where that
    one takes no part (deleted, draft) or its key is gone from a full export. Nearly all keys are there once; ranking all rows
    costs as much as everything else together, so only those of repeated keys are ranked.
-#}
{% macro present_rows(rows, key, has_refusal=true) %}
{%- set own_key = key | reject('equalto', '_source') | list -%}
{%- set candidates %}{{ rows }} as candidates {% endset -%}
{%- set condition %}not _is_gone{{ ' and refusal is null' if has_refusal }}{% endset -%}
{%- set repeated %}(
        select {% for column in own_key %}{{ column }} as repeated_{{ loop.index }}, {% endfor %}true as is_repeated
        from {{ candidates }}
        where {{ condition }}
        group by {{ own_key | join(', ') }}
        having count(*) > 1
    ) as repeated on {% for column in own_key -%}
        {{ 'and ' if not loop.first }}repeated.repeated_{{ loop.index }} is not distinct from {{ column }} {% endfor %}
{%- endset -%}
(
    select candidates.*, cast(1 as bigint) as newness, cast(1 as bigint) as systems_of_key
    from {{ candidates }}
    left join {{ repeated }}
    where {{ condition }} and _is_active and repeated.is_repeated is null
    union all
    select *, count(*) over (partition by {{ own_key | join(', ') }}) as systems_of_key
    from (
        select
            candidates.*,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by _newness_at desc nulls last, _load_seq desc nulls last, _line_number desc nulls last
            ) as newness
        from {{ candidates }}
        inner join {{ repeated }}
        where {{ condition }}
    ) as ranked
    where newness = 1 and _is_active
){% endmacro %}

{#- A key as it is published: alone where one system uses it, else with its system's name before it. -#}
{% macro unique_id(key) %}case when systems_of_key > 1 then _source || ':' || {{ key }} else {{ key }} end as {{ key }}{% endmacro %}

{#- The columns that lead a number back to its file. -#}
{% macro lineage() %}_source, _file_name, _line_number{% endmacro %}

{#-
    A case of a ticket system is an escalation or a support ticket, whichever its newest export says: newest by the same rule as
    above, so that an older export that comes later changes nothing. Template files give the two entities keys of their own,
    which may be the same by chance.
-#}
{% macro rows_not_moved_to(rows, key, other_entity, other_key) %}(
    select candidates.*
    from {{ rows }} as candidates
    left join (
        select _source, {{ other_key }} as other_key, max({{ row_of('_newness_at', '_load_seq') }}) as newest_load
        from {{ source('lake', other_entity) }}
        where _source <> 'template'
        group by _source, {{ other_key }}
    ) as moved
        on moved._source = candidates._source and moved.other_key = candidates.{{ key }}
    where moved.newest_load is null or moved.newest_load <= {{ row_of('candidates._newness_at', 'candidates._load_seq') }}
){% endmacro %}
