-- Satisfaction: the mean of each respondent's latest score in the window, whichever the survey.
with scored as (select * from {{ ref('int_scored_clients__by_day') }}),

answered as (
    select
        scored.client_id,
        scored.as_of_on,
        responses.score,
        row_number() over (
            partition by scored.client_id, scored.as_of_on, responses.respondent_id
            order by responses.responded_at desc nulls last, responses.response_id desc nulls last
        ) as place
    from scored
    inner join {{ ref('int_nps_responses') }} as responses
        on responses.client_id = scored.client_id
        and responses.responded_on >= scored.responses_from
        and responses.responded_on <= scored.as_of_on
),

summed as (
    select client_id, as_of_on, sum(score) as score_sum, count(*) as respondents
    from answered
    where place = 1
    group by client_id, as_of_on
)

select scored.client_id, scored.as_of_on, 'nps' as component, 'nps_mean' as measure, summed.score_sum as numerator,
    summed.respondents as denominator, case when summed.respondents is null then 'no response in the window' end as not_scored_reason
from scored
left join summed on summed.client_id = scored.client_id and summed.as_of_on = scored.as_of_on
