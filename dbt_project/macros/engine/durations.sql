{#- Spans of time below a day. Timestamps are UTC without a zone, or wall-clock times; both have microseconds. -#}

{#- The timestamp n microseconds after ts; n is a whole number of any sign. -#}
{% macro add_microseconds(ts, n) %}{{ return(adapter.dispatch('add_microseconds', 'tenure')(ts, n)) }}{% endmacro %}
{% macro duckdb__add_microseconds(ts, n) %}({{ ts }} + to_microseconds(cast({{ n }} as bigint))){% endmacro %}
{% macro spark__add_microseconds(ts, n) %}timestampadd(microsecond, cast({{ n }} as bigint), {{ ts }}){% endmacro %}

{#- Hours from timestamp a to timestamp b, as DECIMAL(28,8); NULL where either is. -#}
{% macro hours_between(a, b) %}{{ from_units(div_round('cast(' ~ microseconds_between(a, b) ~ ' as ' ~ wide_integer() ~ ') * 100000000', '3600000000'), 8, 28) }}{% endmacro %}

{#- A number of hours with decimals as whole microseconds. -#}
{% macro hours_as_microseconds(hours) %}cast(
    round(cast({{ hours }} as decimal(28, 10)) * cast(3600000000 as decimal(10, 0)), 0) as bigint
){% endmacro %}

{#- The first UTC moment at which a clock in zone tz shows local_ts: an hour that the clock shows twice (in autumn) counts once. -#}
{% macro to_first_utc(local_ts, tz) %}case
    when {{ to_local(add_minutes(to_utc(local_ts, tz), -60), tz) }} = {{ local_ts }} then {{ add_minutes(to_utc(local_ts, tz), -60) }}
    else {{ to_utc(local_ts, tz) }}
end{% endmacro %}
