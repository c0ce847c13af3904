-- Every measure with its bracket of the rubric. A measure is a fraction; it is compared with a bound by multiplying across, so
-- that a value on the bound is on it. Not scored: no fraction, no bracket, but the reason.
with measures as (
    {% for component in ['hiring', 'payment', 'nps', 'executive', 'expansion', 'issues'] %}
    select
        client_id,
        as_of_on,
        component,
        measure,
        cast(case when not_scored_reason is null then numerator end as decimal(28, 2)) as numerator,
        cast(case when not_scored_reason is null then denominator end as decimal(24, 2)) as denominator,
        not_scored_reason
    from {{ ref('int_health_' ~ component) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

brackets as (
    select days.as_of_on, rubric.*
    from {{ ref('int_health_days') }} as days
    inner join {{ policy_spans('health_rubric', ['component', 'measure']) }} as rubric
        on rubric.valid_from <= days.as_of_on and rubric.valid_until > days.as_of_on
),

-- Most clients share their values with others (counts are small numbers): each value is compared once.
fractions as (
    select distinct as_of_on, component, measure, numerator, denominator from measures where numerator is not null
),

-- An inner join, and the values without a bracket put back after it: the engine compares bounds within equal keys only then.
bracketed as (
    select
        fractions.as_of_on,
        fractions.measure,
        fractions.numerator,
        fractions.denominator,
        brackets.lower_bound,
        brackets.is_lower_included,
        brackets.upper_bound,
        brackets.is_upper_included,
        brackets.points
    from fractions
    inner join brackets
        on brackets.as_of_on = fractions.as_of_on
        and brackets.component = fractions.component
        and brackets.measure = fractions.measure
    where (
            brackets.lower_bound is null
            or fractions.numerator > brackets.lower_bound * fractions.denominator
            or (brackets.is_lower_included and fractions.numerator = brackets.lower_bound * fractions.denominator)
        )
        and (
            brackets.upper_bound is null
            or fractions.numerator < brackets.upper_bound * fractions.denominator
            or (brackets.is_upper_included and fractions.numerator = brackets.upper_bound * fractions.denominator)
        )
)

select
    measures.client_id,
    measures.as_of_on,
    measures.component,
    measures.measure,
    measures.numerator,
    measures.denominator,
    cast({{ ratio('measures.numerator', 'measures.denominator') }} as decimal(28, 8)) as value,
    bracketed.lower_bound,
    bracketed.is_lower_included,
    bracketed.upper_bound,
    bracketed.is_upper_included,
    bracketed.points,
    measures.not_scored_reason
from measures
left join bracketed
    on bracketed.as_of_on = measures.as_of_on
    and bracketed.measure = measures.measure
    and bracketed.numerator = measures.numerator
    and bracketed.denominator = measures.denominator
