-- Each component's points, with the measure that decided: the one of the lowest bracket, or of the highest where the component
-- says so. `available` is what the component could give; 0 and a reason where there was nothing to measure.
with ranked as (
    select
        measures.client_id,
        measures.as_of_on,
        measures.component,
        measures.measure,
        measures.value,
        measures.points,
        measures.not_scored_reason,
        components.maximum_points,
        row_number() over (
            partition by measures.client_id, measures.as_of_on, measures.component
            order by
                case when components.combination = 'highest' then -measures.points else measures.points end asc nulls last,
                measures.measure asc nulls last
        ) as place
    from {{ ref('int_health_measures__by_client_and_day') }} as measures
    inner join {{ policy_spans('health_components', ['component']) }} as components
        on components.component = measures.component
        and components.valid_from <= measures.as_of_on
        and components.valid_until > measures.as_of_on
)

select
    client_id,
    as_of_on,
    component,
    measure,
    value,
    points,
    case when points is not null then maximum_points else 0 end as available,
    maximum_points,
    case when points is null then not_scored_reason end as not_scored_reason
from ranked
where place = 1
