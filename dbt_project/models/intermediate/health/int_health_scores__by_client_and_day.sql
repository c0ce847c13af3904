-- The score: 100 x earned / available, and its bounds with the missing points all lost and all earned, each with its band.
with earned as (
    select
        client_id,
        as_of_on,
        sum(coalesce(points, 0)) as earned_points,
        sum(available) as available_points,
        sum(maximum_points) as maximum_points
    from {{ ref('int_health_components__by_client_and_day') }}
    group by client_id, as_of_on
),

scores as (
    select
        client_id,
        as_of_on,
        earned_points,
        available_points,
        maximum_points,
        {{ div_round('100 * earned_points', 'available_points') }} as health_score,
        {{ div_round('100 * earned_points', 'maximum_points') }} as score_low,
        {{ div_round('100 * (earned_points + maximum_points - available_points)', 'maximum_points') }} as score_high
    from earned
),

unbanded as (
    {% for score in ['health_score', 'score_low', 'score_high'] %}
    select client_id, as_of_on, '{{ score }}' as score_name, {{ score }} as score from scores
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

banded as (
    select
        unbanded.client_id,
        unbanded.as_of_on,
        unbanded.score_name,
        bands.health_band,
        row_number() over (
            partition by unbanded.client_id, unbanded.as_of_on, unbanded.score_name
            order by bands.minimum_score desc nulls last, bands.health_band asc nulls last
        ) as place
    from unbanded
    inner join {{ policy_spans('health_bands') }} as bands
        on bands.valid_from <= unbanded.as_of_on
        and bands.valid_until > unbanded.as_of_on
        and (bands.minimum_score is null or unbanded.score >= bands.minimum_score)
),

bands as (
    select
        client_id,
        as_of_on,
        max(case when score_name = 'health_score' then health_band end) as score_band,
        max(case when score_name = 'score_low' then health_band end) as low_band,
        max(case when score_name = 'score_high' then health_band end) as high_band
    from banded
    where place = 1
    group by client_id, as_of_on
),

known as (
    select
        scores.*,
        days.month,
        days.is_month_end,
        bands.low_band,
        bands.high_band,
        case
            when scores.available_points = 0 or scores.available_points < scores.maximum_points * days.minimum_coverage_rate
                then 'unknown'
            else bands.score_band
        end as health_band
    from scores
    inner join {{ ref('int_health_days') }} as days on days.as_of_on = scores.as_of_on
    left join bands on bands.client_id = scores.client_id and bands.as_of_on = scores.as_of_on
)

select
    client_id,
    as_of_on,
    month,
    is_month_end,
    cast(earned_points as integer) as earned_points,
    cast(available_points as integer) as available_points,
    cast(health_score as integer) as health_score,
    cast(score_low as integer) as score_low,
    cast(score_high as integer) as score_high,
    cast({{ ratio('available_points', 'maximum_points') }} as decimal(28, 8)) as coverage_rate,
    health_band,
    health_band <> 'unknown' and low_band = high_band as is_band_certain
from known
