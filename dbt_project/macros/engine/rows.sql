{#- All columns of a row as one JSON text, for a person who looks into the quarantine. -#}
{% macro row_as_text(alias) %}{{ return(adapter.dispatch('row_as_text', 'tenure')(alias)) }}{% endmacro %}
{% macro duckdb__row_as_text(alias) %}cast(to_json({{ alias }}) as varchar){% endmacro %}
