{#-
    Policy by the day an event opened: a row holds from its `valid_from` up to, not including, `valid_until` (the next
    valid_from of its set key).
-#}
{% macro policy_spans(seed, set_key=[]) %}(
    select policy.*, coalesce(spans.valid_until, date '9999-01-01') as valid_until
    from {{ ref(seed) }} as policy
    inner join (
        select
            {% for column in set_key %}{{ column }}, {% endfor %}valid_from,
            lead(valid_from, 1) over (
                partition by {{ set_key | join(', ') if set_key else 1 }} order by valid_from asc nulls last
            ) as valid_until
        from (select distinct {% for column in set_key %}{{ column }}, {% endfor %}valid_from from {{ ref(seed) }}) as sets
    ) as spans
        on spans.valid_from = policy.valid_from
        {% for column in set_key %} and spans.{{ column }} is not distinct from policy.{{ column }}{% endfor %}
){% endmacro %}

{#- A named parameter's values with the days on which they hold: value, valid_from, valid_until. -#}
{% macro parameter_spans(name) %}(
    select value, valid_from, valid_until
    from {{ policy_spans('parameters', ['parameter']) }} as parameters
    where parameter = '{{ name }}'
){% endmacro %}
