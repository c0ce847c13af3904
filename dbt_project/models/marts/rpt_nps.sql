{% set segments = {
    'company': "'all'", 'am': "coalesce(am_id, 'unassigned')", 'client': 'client_id', 'tier': 'tier', 'region': 'region_segment',
} %}
with responses as (select * from {{ ref('int_nps_responses__by_period') }}),

counted as (
    {% for segment, value in segments.items() %}
    select
        period_kind,
        period_start,
        last_month,
        survey_type,
        '{{ segment }}' as segment,
        {{ value }} as segment_value,
        count(*) as responses,
        sum(case when answer_kind = 'promoter' then 1 else 0 end) as promoters,
        sum(case when answer_kind = 'passive' then 1 else 0 end) as passives,
        sum(case when answer_kind = 'detractor' then 1 else 0 end) as detractors
    from responses
    group by period_kind, period_start, last_month, survey_type, {{ value }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

scored as (
    select
        *,
        cast({{ ratio('100 * (promoters - detractors)', 'responses') }} as decimal(28, 8)) as nps,
        -- sqrt((p + d - (p - d)^2) / n) of whole numbers: n^3 below the fraction, so that nothing is rounded before the root
        case
            when greatest(promoters, passives, detractors) < responses
                then 196 * sqrt(
                    cast(responses * (promoters + detractors) - (promoters - detractors) * (promoters - detractors) as double)
                    / (cast(responses as double) * cast(responses as double) * cast(responses as double))
                )
        end as half_width
    from counted
),

banded as (
    select
        scored.*,
        bands.nps_band,
        row_number() over (
            partition by scored.period_kind, scored.period_start, scored.survey_type, scored.segment, scored.segment_value
            order by bands.minimum_nps desc nulls last, bands.nps_band asc nulls last
        ) as place
    from scored
    inner join {{ policy_spans('nps_bands') }} as bands
        on bands.valid_from <= {{ month_end('scored.last_month') }}
        and bands.valid_until > {{ month_end('scored.last_month') }}
        and (bands.minimum_nps is null or scored.nps >= bands.minimum_nps)
)

select
    cast(period_kind as string) as period_kind,
    period_start,
    survey_type,
    cast(segment as string) as segment,
    cast(segment_value as string) as segment_value,
    cast(responses as bigint) as responses,
    cast(promoters as bigint) as promoters,
    cast(passives as bigint) as passives,
    cast(detractors as bigint) as detractors,
    nps,
    cast(case when half_width is not null then greatest(nps - half_width, -100) end as decimal(28, 8)) as nps_low,
    cast(case when half_width is not null then least(nps + half_width, 100) end as decimal(28, 8)) as nps_high,
    nps_band,
    responses < {{ parameter('nps_minimum_responses') }} as is_too_few
from banded
where place = 1
