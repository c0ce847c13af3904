{#-
    Policy is data: every seed in seeds/policy has a `valid_from`. Rows with the same set key (the seed's meta.set_key; an
    empty list = the whole seed) and the same valid_from are one set; a set holds until the next valid_from of its set key.
-#}

{#- Lays the company's rows over a shipped seed: a set of the company's replaces the shipped set with the same set key and date. -#}
{% macro overlay_policy(relation, set_key) %}
    {%- set overlay = relation.incorporate(path={'schema': 'policy_overlay'}) -%}
    delete from {{ relation }} as shipped where exists (
        select 1 from {{ overlay }} as own
        where own.valid_from = shipped.valid_from
        {%- for column in set_key %} and own.{{ column }} is not distinct from shipped.{{ column }}{% endfor %}
    );
    insert into {{ relation }} by name select * from {{ overlay }};
{% endmacro %}

{#- The seed's rows in force on the last day of each month of int_months: the seed's columns and `month`. -#}
{% macro policy_by_month(seed, set_key=[]) %}(
    select * from (
        select months.month, policy.*,
            max(policy.valid_from) over (
                partition by months.month{% for column in set_key %}, policy.{{ column }}{% endfor %}
            ) as newest_valid_from
        from {{ ref('int_months') }} as months
        inner join {{ ref(seed) }} as policy on policy.valid_from <= months.last_day
    ) as dated
    where valid_from = newest_valid_from
){% endmacro %}

{#- The seed's rows in force on the run's as-of day. -#}
{% macro policy_at_as_of(seed, set_key=[]) %}(
    select * from (
        select policy.*,
            max(policy.valid_from) over (
                partition by 1{% for column in set_key %}, policy.{{ column }}{% endfor %}
            ) as newest_valid_from
        from {{ ref(seed) }} as policy
        inner join {{ ref('stg_run') }} as run on policy.valid_from <= run.as_of_on
    ) as dated
    where valid_from = newest_valid_from
){% endmacro %}

{#- The value of a named parameter (seed `parameters`) on the as-of day, as DECIMAL(18,6). -#}
{% macro parameter(name) %}(
    select value from {{ policy_at_as_of('parameters', ['parameter']) }} as parameters where parameter = '{{ name }}'
){% endmacro %}
