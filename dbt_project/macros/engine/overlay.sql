{#-
    Lays the company's rows over a shipped seed: a set of the company's replaces the shipped set with the same set key and date.
    DuckDB alone does it: seeds are small, and another engine is given them as DuckDB made them (it has no `delete`, and would fail).
-#}
{% macro overlay_policy(relation, set_key) %}
    {%- set overlay = relation.incorporate(path={'schema': 'policy_overlay'}) -%}
    delete from {{ relation }} as shipped where exists (
        select 1 from {{ overlay }} as own
        where own.valid_from = shipped.valid_from
        {%- for column in set_key %} and own.{{ column }} is not distinct from shipped.{{ column }}{% endfor %}
    );
    insert into {{ relation }} by name select * from {{ overlay }};
{% endmacro %}
