-- Monday to Friday less the country's national holidays and the company's own, for the countries that write to us ('' = none
-- known). A holiday of the company's under country '*' is one everywhere.
{% set days_ahead = 31 %}  {# no holidays last longer; a limit beyond them lies after as_of in any case #}
with countries as (
    select distinct coalesce(upper(clients.country), '') as country
    from {{ ref('stg_communications') }} as communications
    inner join {{ ref('int_clients__by_account') }} as links on links.account_id = communications.account_id
    inner join {{ ref('int_clients') }} as clients on clients.client_id = links.client_id
),

bounds as (
    select
        -- A local day may be one before the UTC day.
        {{ add_days('coalesce(min(cast(communications.received_at as date)), max(run.as_of_on))', -1) }} as first_day,
        {{ add_days('max(run.as_of_on)', days_ahead) }} as last_day
    from {{ ref('stg_run') }} as run
    left join {{ ref('stg_communications') }} as communications on 1 = 1
),

days as (
    select {{ day_series('first_day', 'last_day') }} as day from bounds
),

holidays as (
    select countries.country, national.date as day
    from {{ source('lake', 'national_holidays') }} as national
    inner join countries on countries.country = upper(national.country)
    union
    select countries.country, own.date as day
    from {{ ref('stg_public_holidays') }} as own
    inner join countries on countries.country = upper(own.country) or own.country = '*'
),

marked as (
    select
        countries.country,
        days.day,
        {{ days_between(week_start('days.day'), 'days.day') }} < 5 and holidays.day is null as is_business_day
    from days
    cross join countries
    left join holidays on holidays.country = countries.country and holidays.day = days.day
)

select
    country,
    day,
    is_business_day,
    min(case when is_business_day then day end) over (
        partition by country order by day asc nulls last rows between 1 following and unbounded following
    ) as next_business_day
from marked
