{#- The most months that a run-rate of usage looks back on (see the metric book, 3). -#}
{% macro usage_window_months() %}{{ return(3) }}{% endmacro %}
