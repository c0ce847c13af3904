{#- All columns of a row as one JSON text, for a person who looks into the quarantine. -#}
{% macro row_as_text(alias) %}{{ return(adapter.dispatch('row_as_text', 'tenure')(alias)) }}{% endmacro %}
{% macro duckdb__row_as_text(alias) %}cast(to_json({{ alias }}) as varchar){% endmacro %}
{#- DuckDB writes no zeros at the end of a second's fraction. -#}
{% macro spark__row_as_text(alias) %}regexp_replace(
    to_json(struct({{ alias }}.*), map('ignoreNullFields', 'false', 'timestampNTZFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS')),
    r'(:[0-9]{2})(?=\.[0-9]{6}")(\.[0-9]*[1-9])?\.?0*"', '$1$2"'
){% endmacro %}

{#- Several columns as one value: rows are compared column by column, from the first on. -#}
{% macro row_of() %}{{ return(adapter.dispatch('row_of', 'tenure')(*varargs)) }}{% endmacro %}
{% macro duckdb__row_of() %}row({{ varargs | join(', ') }}){% endmacro %}
{% macro spark__row_of() %}struct({{ varargs | join(', ') }}){% endmacro %}
