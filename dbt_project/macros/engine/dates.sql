{#-
    Dates and times, as the metric book counts them. Engine syntax stands only in this folder; models call the macros.
    Timestamps are UTC without a zone; a "local" timestamp is a wall-clock time in a named zone.
-#}

{#- The date n months after d, clamped to the month's end (31 January + 1 = 28 February). -#}
{% macro add_months(d, n) %}{{ return(adapter.dispatch('add_months', 'tenure')(d, n)) }}{% endmacro %}
{% macro duckdb__add_months(d, n) %}cast(({{ d }}) + to_months(cast({{ n }} as integer)) as date){% endmacro %}
{% macro spark__add_months(d, n) %}add_months({{ d }}, cast({{ n }} as integer)){% endmacro %}

{#- The date n days after d. -#}
{% macro add_days(d, n) %}{{ return(adapter.dispatch('add_days', 'tenure')(d, n)) }}{% endmacro %}
{% macro duckdb__add_days(d, n) %}cast(({{ d }}) + to_days(cast({{ n }} as integer)) as date){% endmacro %}
{% macro spark__add_days(d, n) %}date_add({{ d }}, cast({{ n }} as integer)){% endmacro %}

{#- Days from date a to date b (b - a). -#}
{% macro days_between(a, b) %}{{ return(adapter.dispatch('days_between', 'tenure')(a, b)) }}{% endmacro %}
{% macro duckdb__days_between(a, b) %}cast(cast({{ b }} as date) - cast({{ a }} as date) as bigint){% endmacro %}
{% macro spark__days_between(a, b) %}cast(datediff(cast({{ b }} as date), cast({{ a }} as date)) as bigint){% endmacro %}

{#- First day of the month of d. -#}
{% macro month_start(d) %}{{ return(adapter.dispatch('month_start', 'tenure')(d)) }}{% endmacro %}
{% macro duckdb__month_start(d) %}cast(date_trunc('month', {{ d }}) as date){% endmacro %}
{% macro spark__month_start(d) %}trunc({{ d }}, 'MONTH'){% endmacro %}

{#- Last day of the month of d. -#}
{% macro month_end(d) %}{{ return(adapter.dispatch('month_end', 'tenure')(d)) }}{% endmacro %}
{% macro duckdb__month_end(d) %}cast(last_day({{ d }}) as date){% endmacro %}
{% macro spark__month_end(d) %}last_day({{ d }}){% endmacro %}

{#- First day of the calendar quarter of d. -#}
{% macro quarter_start(d) %}{{ return(adapter.dispatch('quarter_start', 'tenure')(d)) }}{% endmacro %}
{% macro duckdb__quarter_start(d) %}cast(date_trunc('quarter', {{ d }}) as date){% endmacro %}
{% macro spark__quarter_start(d) %}trunc({{ d }}, 'QUARTER'){% endmacro %}

{#- Monday of the ISO week of d. -#}
{% macro week_start(d) %}{{ return(adapter.dispatch('week_start', 'tenure')(d)) }}{% endmacro %}
{% macro duckdb__week_start(d) %}cast(date_trunc('week', {{ d }}) as date){% endmacro %}
{% macro spark__week_start(d) %}trunc({{ d }}, 'WEEK'){% endmacro %}

{#- Calendar months from the month of a to the month of b. -#}
{% macro months_between(a, b) %}cast((extract(year from {{ b }}) - extract(year from {{ a }})) * 12
    + extract(month from {{ b }}) - extract(month from {{ a }}) as bigint){% endmacro %}

{#- Every first of month from a to b (two firsts of months, both inclusive), one row each. -#}
{% macro month_series(a, b) %}{{ return(adapter.dispatch('month_series', 'tenure')(a, b)) }}{% endmacro %}
{% macro duckdb__month_series(a, b) %}cast(unnest(generate_series(cast({{ a }} as timestamp), cast({{ b }} as timestamp), interval 1 month)) as date){% endmacro %}
{% macro spark__month_series(a, b) %}explode(sequence({{ a }}, {{ b }}, interval 1 month)){% endmacro %}

{#- Every day from a to b (two dates, both inclusive), one row each. -#}
{% macro day_series(a, b) %}{{ return(adapter.dispatch('day_series', 'tenure')(a, b)) }}{% endmacro %}
{% macro duckdb__day_series(a, b) %}cast(unnest(generate_series(cast({{ a }} as timestamp), cast({{ b }} as timestamp), interval 1 day)) as date){% endmacro %}
{% macro spark__day_series(a, b) %}explode(sequence({{ a }}, {{ b }}, interval 1 day)){% endmacro %}

{#- The wall-clock time in zone tz of the UTC timestamp ts. -#}
{% macro to_local(ts, tz) %}{{ return(adapter.dispatch('to_local', 'tenure')(ts, tz)) }}{% endmacro %}
{% macro duckdb__to_local(ts, tz) %}timezone({{ tz }}, timezone('UTC', {{ ts }})){% endmacro %}
{% macro spark__to_local(ts, tz) %}convert_timezone('UTC', {{ tz }}, {{ ts }}){% endmacro %}

{#- The UTC timestamp of the wall-clock time local_ts in zone tz. -#}
{% macro to_utc(local_ts, tz) %}{{ return(adapter.dispatch('to_utc', 'tenure')(local_ts, tz)) }}{% endmacro %}
{% macro duckdb__to_utc(local_ts, tz) %}timezone('UTC', timezone({{ tz }}, cast({{ local_ts }} as timestamp))){% endmacro %}
{% macro spark__to_utc(local_ts, tz) %}convert_timezone({{ tz }}, 'UTC', cast({{ local_ts }} as timestamp)){% endmacro %}

{#- The day of the UTC timestamp ts in zone tz. -#}
{% macro local_day(ts, tz) %}cast({{ to_local(ts, tz) }} as date){% endmacro %}

{#- Microseconds from timestamp a to timestamp b. -#}
{% macro microseconds_between(a, b) %}{{ return(adapter.dispatch('microseconds_between', 'tenure')(a, b)) }}{% endmacro %}
{% macro duckdb__microseconds_between(a, b) %}date_diff('microsecond', {{ a }}, {{ b }}){% endmacro %}
{% macro spark__microseconds_between(a, b) %}timestampdiff(microsecond, {{ a }}, {{ b }}){% endmacro %}

{#- The timestamp n minutes after ts; n may be a whole number of any sign. -#}
{% macro add_minutes(ts, n) %}{{ return(adapter.dispatch('add_minutes', 'tenure')(ts, n)) }}{% endmacro %}
{% macro duckdb__add_minutes(ts, n) %}({{ ts }} + to_minutes(cast({{ n }} as bigint))){% endmacro %}
{% macro spark__add_minutes(ts, n) %}timestampadd(minute, cast({{ n }} as bigint), {{ ts }}){% endmacro %}
