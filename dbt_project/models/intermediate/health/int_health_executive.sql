-- Executive engagement: activities with the named sponsor, with any executive, and how many different contacts there were.
with scored as (select * from {{ ref('int_scored_clients__by_day') }}),

connection as (
    select min({{ local_day('activities.happened_at', 'run.company_time_zone') }}) as first_on
    from {{ ref('stg_activities') }} as activities
    cross join {{ ref('stg_run') }} as run
),

met as (
    select
        scored.client_id,
        scored.as_of_on,
        sum(case when activities.is_sponsor and activities.happened_on >= scored.sponsor_from then 1 else 0 end)
            as sponsor_activities,
        sum(case when activities.level = 'executive' and activities.happened_on >= scored.contacts_from then 1 else 0 end)
            as executive_activities,
        count(distinct case when activities.happened_on >= scored.contacts_from then activities.contact_id end) as active_contacts
    from scored
    inner join {{ ref('int_contact_activities') }} as activities
        on activities.client_id = scored.client_id
        and activities.happened_on >= least(scored.sponsor_from, scored.contacts_from)
        and activities.happened_on <= scored.as_of_on
    group by scored.client_id, scored.as_of_on
),

counted as (
    select
        scored.client_id,
        scored.as_of_on,
        coalesce(met.sponsor_activities, 0) as sponsor_activities,
        coalesce(met.executive_activities, 0) as executive_activities,
        coalesce(met.active_contacts, 0) as active_contacts,
        case
            when connection.first_on is null or connection.first_on > scored.as_of_on then 'activities not connected'
        end as not_scored_reason
    from scored
    cross join connection
    left join met on met.client_id = scored.client_id and met.as_of_on = scored.as_of_on
)

{% for measure in ['sponsor_activities', 'executive_activities', 'active_contacts'] %}
select client_id, as_of_on, 'executive' as component, '{{ measure }}' as measure, {{ measure }} as numerator, 1 as denominator,
    not_scored_reason
from counted
{% if not loop.last %}union all{% endif %}
{% endfor %}
