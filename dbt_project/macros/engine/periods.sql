{#- Periods that calendars do not name; built on the macros of dates.sql, the same on every engine. -#}

{#- First day of the two-week period of d; they are counted from Monday 1970-01-05. -#}
{% macro two_weeks_start(d) %}{{ add_days(d, '-((' ~ days_between("date '1970-01-05'", d) ~ ' % 14 + 14) % 14)') }}{% endmacro %}

{#- First day of the half-year (January to June, July to December) of d. -#}
{% macro half_year_start(d) %}{{ add_months(month_start(d), '-((extract(month from ' ~ d ~ ') - 1) % 6)') }}{% endmacro %}
