-- NPS answers up to the run's day, at their client and on their day in the company's time zone.
with run as (select * from {{ ref('stg_run') }})

select
    responses.response_id,
    links.client_id,
    responses.respondent_id,
    responses.survey_type,
    responses.score,
    responses.responded_at,
    {{ local_day('responses.responded_at', 'run.company_time_zone') }} as responded_on,
    responses._source,
    responses._file_name,
    responses._line_number
from {{ ref('stg_nps_responses') }} as responses
inner join {{ ref('int_clients__by_account') }} as links on links.account_id = responses.account_id
cross join run
where {{ local_day('responses.responded_at', 'run.company_time_zone') }} <= run.as_of_on
