{% set segments = {
    'company': "'all'", 'am': "coalesce(am_id, 'unassigned')", 'client': 'client_id', 'project': 'project_id',
} %}
with responses as (select * from {{ ref('int_csat_responses') }}),

counted as (
    {% for segment, value in segments.items() %}
    select month, '{{ segment }}' as segment, {{ value }} as segment_value, count(*) as responses, sum(score) as score_sum
    from responses
    {% if segment == 'project' %}where project_id is not null{% endif %}
    group by month, {{ value }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

meant as (
    select
        month,
        segment,
        segment_value,
        responses,
        cast({{ from_units(div_round(as_units('score_sum', 10), 'responses * 100'), 8) }} as decimal(28, 8)) as csat_mean
    from counted
)

select
    meant.month,
    cast(meant.segment as string) as segment,
    cast(meant.segment_value as string) as segment_value,
    cast(meant.responses as bigint) as responses,
    meant.csat_mean,
    cast(meant.csat_mean - previous.csat_mean as decimal(28, 8)) as change
from meant
left join meant as previous
    on previous.segment = meant.segment
    and previous.segment_value = meant.segment_value
    and previous.month = {{ add_months('meant.month', -1) }}
