{#- One row a key: fails with each repeated key. Empty key columns are values like any other. -#}
{% test key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as rows_with_key
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
