{#-
    Exact arithmetic. Money is DECIMAL(18,2), rates of money DECIMAL(28,10); nothing here goes through a float. Products are
    rounded by `round(x, n)`, which is half away from zero for decimals on every engine; quotients only by div_round.

    DuckDB divides whole numbers of 128 bits in software, ten to thirty times slower than those of 64. So what fits 64 bits,
    which is nearly all, is divided there, and only the rest in 128; the result is the same, and of the same type.
-#}

{#- num / den for whole numbers, rounded half away from zero; NULL where den is 0 or NULL. -#}
{% macro div_round(num, den) %}{{ return(adapter.dispatch('div_round', 'tenure')(num, den)) }}{% endmacro %}
{% macro duckdb__div_round(num, den) %}{% set small = 'cast(try_cast({} as decimal(18, 0)) as bigint)' %}coalesce(
    cast({{ _div_round(small.format(num), small.format(den)) }} as hugeint),
    {{ _div_round('cast(' ~ num ~ ' as hugeint)', 'cast(' ~ den ~ ' as hugeint)') }}
){% endmacro %}
{% macro _div_round(num, den) %}(
    sign({{ num }}) * sign({{ den }}) * ((2 * abs({{ num }}) + abs({{ den }})) // nullif(2 * abs({{ den }}), 0))
){% endmacro %}
{#- Spark's `div` ends at 64 bits and its `sign` is a double: the remainder is taken off first, then the decimal division is exact. -#}
{% macro spark__div_round(num, den) %}{% set n = 'cast(' ~ num ~ ' as decimal(38, 0))' %}{% set d = 'cast(abs(' ~ den ~ ') as decimal(38, 0))' %}cast(
    case when ({{ num }} < 0) <> ({{ den }} < 0) then -1 else 1 end
    * ((2 * abs({{ n }}) + {{ d }}) - (2 * abs({{ n }}) + {{ d }}) % nullif(2 * {{ d }}, 0)) / nullif(2 * {{ d }}, 0) as decimal(38, 0)
){% endmacro %}

{#- The type of whole numbers of at least 37 digits, for what is multiplied before it is divided. -#}
{% macro wide_integer() %}{{ return(adapter.dispatch('wide_integer', 'tenure')()) }}{% endmacro %}
{% macro duckdb__wide_integer() %}hugeint{% endmacro %}
{% macro spark__wide_integer() %}decimal(38, 0){% endmacro %}

{#- A decimal with at most `scale` decimals as a whole number of its last unit (12.34 with scale 2 is 1234). -#}
{% macro as_units(x, scale) %}{{ return(adapter.dispatch('as_units', 'tenure')(x, scale)) }}{% endmacro %}
{% macro _as_wide_units(x, scale) %}cast(
    cast({{ x }} as decimal({{ 37 - scale }}, {{ scale }})) * cast({{ 10 ** scale }} as decimal({{ scale + 1 }}, 0)) as {{ wide_integer() }}
){% endmacro %}
{% macro duckdb__as_units(x, scale) %}{% if scale > 8 %}{{ _as_wide_units(x, scale) }}{% else %}coalesce(
    cast(cast(
        try_cast({{ x }} as decimal({{ 17 - scale }}, {{ scale }})) * cast({{ 10 ** scale }} as decimal({{ scale + 1 }}, 0)) as bigint
    ) as hugeint),
    {{ _as_wide_units(x, scale) }}
){% endif %}{% endmacro %}
{% macro spark__as_units(x, scale) %}{{ _as_wide_units(x, scale) }}{% endmacro %}

{#- A whole number of units as a decimal (1234 with scale 2 is 12.34). -#}
{% macro from_units(x, scale, precision=28) %}cast(
    cast({{ x }} as decimal({{ precision }}, 0)) * cast('0.{{ '0' * (scale - 1) }}1' as decimal({{ scale }}, {{ scale }})) as decimal({{ precision }}, {{ scale }})
){% endmacro %}

{#- num / den as a fraction with 8 decimals; both money or counts (at most 2 decimals); NULL where den is 0 or NULL. -#}
{% macro ratio(num, den) %}{{ from_units(div_round(as_units(num, 2) ~ ' * 100000000', as_units(den, 2)), 8, 28) }}{% endmacro %}

{#- The product of a column of doubles. -#}
{% macro product_of(x) %}{{ return(adapter.dispatch('product_of', 'tenure')(x)) }}{% endmacro %}
{% macro duckdb__product_of(x) %}product({{ x }}){% endmacro %}
{% macro spark__product_of(x) %}aggregate(collect_list({{ x }}), 1d, (product, factor) -> product * factor){% endmacro %}
