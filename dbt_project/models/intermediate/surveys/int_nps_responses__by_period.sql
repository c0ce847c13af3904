-- Each respondent's latest answer in each complete period: transactional surveys by calendar quarter, relationship surveys by the
-- 12 months that end with each month. Owner and tier are those of the period's last month.
{% set months_of_t12m = 12 %}
with run as (select * from {{ ref('stg_run') }}),

responses as (
    select *, {{ month_start('responded_on') }} as month from {{ ref('int_nps_responses') }}
),

offsets as (
    {% for n in range(months_of_t12m) %}select {{ n }} as months_after{% if not loop.last %} union all {% endif %}{% endfor %}
),

placed as (
    select
        'quarter' as period_kind,
        {{ quarter_start('month') }} as period_start,
        {{ add_months(quarter_start('month'), 2) }} as last_month,
        responses.*
    from responses
    where survey_type = 'transactional'
    union all
    select
        't12m' as period_kind,
        {{ add_months('responses.month', 'offsets.months_after - ' ~ (months_of_t12m - 1)) }} as period_start,
        {{ add_months('responses.month', 'offsets.months_after') }} as last_month,
        responses.*
    from responses
    cross join offsets
    where survey_type = 'relationship'
),

ranked as (
    select
        placed.*,
        row_number() over (
            partition by placed.period_kind, placed.period_start, placed.survey_type, placed.client_id, placed.respondent_id
            order by placed.responded_at desc nulls last, placed.response_id desc nulls last
        ) as place
    from placed
    inner join run on placed.last_month <= run.last_month
)

select
    ranked.period_kind,
    ranked.period_start,
    ranked.last_month,
    ranked.survey_type,
    ranked.response_id,
    ranked.client_id,
    ranked.respondent_id,
    ranked.score,
    ranked.responded_on,
    case
        when ranked.score >= {{ parameter('nps_promoter_minimum') }} then 'promoter'
        when ranked.score >= {{ parameter('nps_passive_minimum') }} then 'passive'
        else 'detractor'
    end as answer_kind,
    owners.am_id,
    coalesce(tiers.tier, 'tail') as tier,
    clients.region_segment
from ranked
inner join {{ ref('int_clients') }} as clients on clients.client_id = ranked.client_id
left join {{ ref('int_owners__by_client_and_month') }} as owners
    on owners.client_id = ranked.client_id and owners.month = ranked.last_month
left join {{ ref('int_tiers__by_client_and_month') }} as tiers
    on tiers.client_id = ranked.client_id and tiers.month = ranked.last_month
where ranked.place = 1
