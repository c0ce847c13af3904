{#-
    Whether an opportunity (a row of int_opportunities) is open at the end of a day: created by then, or without a creation date, and
    not closed by then; one that was closed without a date is always closed.
-#}
{% macro is_open_at(opportunity, day) -%}
    (coalesce({{ opportunity }}.created_on <= {{ day }}, true)
    and not {{ opportunity }}.is_closed_undated
    and coalesce({{ opportunity }}.closed_on > {{ day }}, true))
{%- endmacro %}

{#- Whether an opportunity was won from one day to another, both inclusive. -#}
{% macro is_won_within(opportunity, from_day, to_day) -%}
    coalesce({{ opportunity }}.is_won and {{ opportunity }}.closed_on >= {{ from_day }} and {{ opportunity }}.closed_on <= {{ to_day }}, false)
{%- endmacro %}
