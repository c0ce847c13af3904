-- CSAT answers of complete months, with the client's owner at the end of the month.
with run as (select * from {{ ref('stg_run') }}),

dated as (
    select
        responses.response_id,
        links.client_id,
        responses.project_id,
        responses.score,
        {{ local_day('responses.responded_at', 'run.company_time_zone') }} as responded_on
    from {{ ref('stg_csat_responses') }} as responses
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = responses.account_id
    cross join run
)

select
    dated.response_id,
    dated.client_id,
    owners.am_id,
    dated.project_id,
    {{ month_start('dated.responded_on') }} as month,
    dated.responded_on,
    dated.score
from dated
inner join run on {{ month_start('dated.responded_on') }} <= run.last_month
left join {{ ref('int_owners__by_client_and_month') }} as owners
    on owners.client_id = dated.client_id and owners.month = {{ month_start('dated.responded_on') }}
