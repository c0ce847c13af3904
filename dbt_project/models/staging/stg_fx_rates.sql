-- A company's own rates go before the ECB's; the bundled history counts only where no file was ever landed, or by setting.
with landed as (
    select * from {{ present_rows(source('lake', 'fx_rates'), ['_source', 'date', 'currency'], has_refusal=false) }} as present
),

own as (select date, currency, per_eur from landed where _source <> 'ecb'),

ecb as (
    select landed.date, landed.currency, landed.per_eur
    from landed
    cross join {{ ref('stg_run') }} as run
    where landed._source = 'ecb' and run.fx_source <> 'bundled'
),

bundled as (
    select bundled.date, bundled.currency, bundled.per_eur
    from {{ source('lake', 'fx_rates_bundled') }} as bundled
    cross join {{ ref('stg_run') }} as run
    where run.fx_source = 'bundled'
        or (run.fx_source = 'auto' and not exists (select 1 from landed))
),

prioritised as (
    select date, currency, per_eur, 'own' as origin, 1 as priority from own
    union all
    select date, currency, per_eur, 'ecb' as origin, 2 as priority from ecb
    union all
    select date, currency, per_eur, 'bundled' as origin, 3 as priority from bundled
),

ranked as (
    select *, row_number() over (partition by currency, date order by priority asc nulls last) as choice from prioritised
)

select
    ranked.date as rate_on,
    ranked.currency,
    cast(ranked.per_eur as decimal(18, 8)) as per_eur,
    ranked.origin
from ranked
cross join {{ ref('stg_run') }} as run
where ranked.choice = 1 and ranked.date <= run.as_of_on and ranked.currency <> 'EUR'
