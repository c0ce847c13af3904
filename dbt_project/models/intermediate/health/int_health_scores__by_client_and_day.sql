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

-- Scores are whole numbers that most clients share: each is laid into its band once a day.
each_score as (
    {% for score in ['health_score', 'score_low', 'score_high'] %}
    select as_of_on, {{ score }} as score from scores
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

banded as (
    select
        each_score.as_of_on,
        each_score.score,
        bands.health_band,
        row_number() over (
            partition by each_score.as_of_on, each_score.score
            order by bands.minimum_score desc nulls last, bands.health_band asc nulls last
        ) as place
    from each_score
    inner join {{ policy_spans('health_bands') }} as bands
        on bands.valid_from <= each_score.as_of_on
        and bands.valid_until > each_score.as_of_on
        and (bands.minimum_score is null or each_score.score >= bands.minimum_score)
),

bands as (select as_of_on, score, health_band from banded where place = 1),

known as (
    select
        scores.*,
        days.month,
        days.is_month_end,
        low.health_band as low_band,
        high.health_band as high_band,
        case
            when scores.available_points = 0 or scores.available_points < scores.maximum_points * days.minimum_coverage_rate
                then 'unknown'
            else middle.health_band
        end as health_band
    from scores
    inner join {{ ref('int_health_days') }} as days on days.as_of_on = scores.as_of_on
    left join bands as middle on middle.as_of_on = scores.as_of_on and middle.score = scores.health_score
    left join bands as low on low.as_of_on = scores.as_of_on and low.score = scores.score_low
    left join bands as high on high.as_of_on = scores.as_of_on and high.score = scores.score_high
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
