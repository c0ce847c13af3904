-- Renewed / ended, with the 95 % Wilson interval as the spread: it stays within 0..1 and is honest where few contracts ended.
{% set z = parameter('renewal_spread_z') %}
with counted as (
    select
        tier,
        health_band,
        cast(count(*) as bigint) as contracts_ended,
        cast(sum(case when is_renewed then 1 else 0 end) as bigint) as contracts_renewed
    from {{ ref('int_renewal_history') }}
    group by tier, health_band
),

shares as (
    select
        *,
        cast(contracts_ended as double) as n,
        cast(contracts_renewed as double) * power(cast(contracts_ended as double), -1) as p,
        cast({{ z }} as double) as z
    from counted
),

intervals as (
    select
        *,
        (p + z * z * 0.5 * power(n, -1)) * power(1 + z * z * power(n, -1), -1) as centre,
        z * sqrt(p * (1 - p) * power(n, -1) + z * z * 0.25 * power(n, -2)) * power(1 + z * z * power(n, -1), -1) as reach
    from shares
)

select
    tier,
    health_band,
    contracts_ended,
    contracts_renewed,
    {{ ratio('contracts_renewed', 'contracts_ended') }} as renewal_rate,
    cast(greatest(round(centre - reach, 8), 0) as decimal(28, 8)) as renewal_rate_low,
    cast(least(round(centre + reach, 8), 1) as decimal(28, 8)) as renewal_rate_high
from intervals
