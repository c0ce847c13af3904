{#-
    Policy is data: every seed in seeds/policy has a `valid_from`. Rows with the same set key (the seed's meta.set_key; an
    empty list = the whole seed) and the same valid_from are one set; a set holds until the next valid_from of its set key.
-#}

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
