-- Guards against a rubric with a gap: a company's own brackets that leave out a value would silently cost the client the component.
select distinct
    'the health rubric has no bracket for ' || measure || ' = ' || cast(value as string) || ' (component ' || component || ', '
        || cast(as_of_on as string) || '): let the brackets of policy/health_rubric.csv cover every value' as message
from {{ ref('int_health_measures__by_client_and_day') }}
where numerator is not null and points is null
