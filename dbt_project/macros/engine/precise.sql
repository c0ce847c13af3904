{#-
    num / den as DECIMAL(38,12), rounded once; both with at most 8 decimals; NULL where den is 0 or NULL. For what is compared with
    a rating edge: `ratio` keeps 8 decimals, too few once it is divided, weighted and rounded again.
-#}
{% macro precise_ratio(num, den) %}{{ from_units(
    div_round(as_units(num, 8) ~ ' * 1000000000000', as_units(den, 8)), 12, 38
) }}{% endmacro %}

{#- x / y as DECIMAL(38,12), x with at most 12 decimals and y with at most 6; NULL where y is 0 or NULL. -#}
{% macro precise_quotient(x, y) %}{{ from_units(div_round(as_units(x, 12) ~ ' * 1000000', as_units(y, 6)), 12, 38) }}{% endmacro %}
