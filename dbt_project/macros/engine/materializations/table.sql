{#-
    A build always writes a new file, so a table is simply created: the adapter's own materialization moves an old table aside,
    renames the new one and drops the backup, several statements more for each of some 130 tables.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}{{ create_table_as(False, target_relation, compiled_code, 'sql') }}{% endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
