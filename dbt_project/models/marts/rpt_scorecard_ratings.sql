with totals as (
    select
        month,
        am_id,
        {{ from_units(div_round(
            'sum(' ~ as_units('points', 12) ~ ')', 'sum(case when points is not null then ' ~ as_units('weight', 6) ~ ' end)'
        ), 6, 28) }} as score,
        sum(case when points is not null then weight else 0 end) as coverage_rate
    from {{ ref('rpt_scorecard') }}
    group by month, am_id
),

least_coverages as (
    select month, value as coverage_rate from {{ policy_by_month('parameters', ['parameter']) }} as parameters
    where parameter = 'scorecard_least_coverage_rate'
),

rated as (
    select
        totals.*,
        ratings.rating,
        ratings.is_meets_or_better,
        row_number() over (
            partition by totals.month, totals.am_id order by ratings.minimum_score desc nulls last, ratings.rating asc nulls last
        ) as place
    from totals
    left join {{ policy_by_month('scorecard_ratings') }} as ratings
        on ratings.month = totals.month and ratings.minimum_score <= totals.score
)

select
    rated.month,
    rated.am_id,
    cast(rated.score as decimal(18, 6)) as score,
    cast(rated.coverage_rate as decimal(18, 6)) as coverage_rate,
    case when rated.coverage_rate < least_coverages.coverage_rate then 'not_rated' else rated.rating end as rating,
    coalesce(rated.is_meets_or_better, false) and rated.coverage_rate >= least_coverages.coverage_rate as is_meets_or_better
from rated
inner join least_coverages on least_coverages.month = rated.month
where rated.place = 1
