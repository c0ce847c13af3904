{% set measures = {
    'open_orders': 'bigint', 'hires_per_month': 'decimal(28, 8)', 'days_to_pay': 'decimal(28, 8)', 'flagged_invoices': 'bigint',
    'nps_mean': 'decimal(28, 8)', 'sponsor_activities': 'bigint', 'executive_activities': 'bigint', 'active_contacts': 'bigint',
    'open_expansion_cc': 'decimal(18, 2)', 'open_expansions': 'bigint', 'escalations': 'bigint', 'overdue_escalations': 'bigint',
} %}
{% set components = ['hiring', 'payment', 'nps', 'executive', 'expansion', 'issue'] %}
with measured as (
    select
        client_id,
        as_of_on,
        {% for measure in measures %}
        max(case when measure = '{{ measure }}' then value end) as {{ measure }}{% if not loop.last %},{% endif %}

        {% endfor %}
    from {{ ref('int_health_measures__by_client_and_day') }}
    group by client_id, as_of_on
),

pointed as (
    select
        client_id,
        as_of_on,
        {% for component in components %}
        max(case when component = '{{ component }}' then points end) as {{ component }}_points{% if not loop.last %},{% endif %}

        {% endfor %}
    from {{ ref('int_health_components__by_client_and_day') }}
    group by client_id, as_of_on
)

select
    scores.client_id,
    scores.as_of_on,
    scores.month,
    scores.is_month_end,
    {% for measure, type in measures.items() %}
    cast(measured.{{ measure }} as {{ type }}) as {{ measure }},
    {% endfor %}
    {% for component in components %}
    cast(pointed.{{ component }}_points as integer) as {{ component }}_points,
    {% endfor %}
    scores.earned_points,
    scores.available_points,
    scores.health_score,
    scores.score_low,
    scores.score_high,
    scores.coverage_rate,
    scores.health_band,
    scores.is_band_certain
from {{ ref('int_health_scores__by_client_and_day') }} as scores
inner join measured on measured.client_id = scores.client_id and measured.as_of_on = scores.as_of_on
inner join pointed on pointed.client_id = scores.client_id and pointed.as_of_on = scores.as_of_on
