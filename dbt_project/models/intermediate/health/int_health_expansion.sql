-- Expansion pipeline: what is open at D. Opportunities of any type show that the system is connected.
with scored as (select * from {{ ref('int_scored_clients__by_day') }}),

opportunities as (select * from {{ ref('int_opportunities') }}),

connection as (select min(coalesce(created_on, date '0001-01-01')) as first_on from opportunities),

opened as (
    select scored.client_id, scored.as_of_on, count(*) as open_expansions, sum(opportunities.amount_cc) as open_expansion_cc
    from scored
    inner join opportunities
        on opportunities.client_id = scored.client_id
        and opportunities.type = 'expansion'
        and {{ is_open_at('opportunities', 'scored.as_of_on') }}
    group by scored.client_id, scored.as_of_on
),

counted as (
    select
        scored.client_id,
        scored.as_of_on,
        coalesce(opened.open_expansions, 0) as open_expansions,
        coalesce(opened.open_expansion_cc, 0) as open_expansion_cc,
        case
            when connection.first_on is null or connection.first_on > scored.as_of_on then 'opportunities not connected'
        end as not_scored_reason
    from scored
    cross join connection
    left join opened on opened.client_id = scored.client_id and opened.as_of_on = scored.as_of_on
)

select client_id, as_of_on, 'expansion' as component, 'open_expansion_cc' as measure, open_expansion_cc as numerator,
    1 as denominator, not_scored_reason
from counted
union all
select client_id, as_of_on, 'expansion' as component, 'open_expansions' as measure, open_expansions as numerator,
    1 as denominator, not_scored_reason
from counted
