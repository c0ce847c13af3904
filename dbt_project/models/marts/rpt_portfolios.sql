-- An AM without a client with ARR has no portfolio, hence no row.
{% set tiers = ['strategic', 'growth', 'standard', 'tail'] %}
{% set ranged = [
    'clients', 'strategic_clients', 'growth_clients', 'standard_clients', 'arr_cc', 'top_10_rate', 'upsell_coverage',
] %}
with portfolios as (
    select
        *,
        {{ ratio('top_arr_cc', 'arr_cc') }} as top_10_rate,
        {{ ratio('open_qualified_expansion_cc', 'expansion_goal') }} as upsell_coverage,
        {{ ratio('won_in_quarter_cc', 'quota') }} as quota_attainment_rate
    from {{ ref('int_portfolios__by_am_and_month') }}
    where clients > 0
),

ranges as (
    select
        month
        {%- for measure in ranged %},
        max(case when measure = '{{ measure }}' then lower_bound end) as {{ measure }}_from,
        max(case when measure = '{{ measure }}' then upper_bound end) as {{ measure }}_to
        {%- endfor %}
    from {{ policy_by_month('portfolio_ranges', ['measure']) }} as policy
    group by month
)

select
    portfolios.month,
    portfolios.am_id,
    portfolios.clients,
    {% for tier in tiers %}
    portfolios.{{ tier }}_clients,
    {% endfor %}
    portfolios.arr_cc,
    cast(portfolios.top_10_rate as decimal(28, 8)) as top_10_rate,
    {% for tier in tiers %}
    cast({{ ratio('portfolios.' ~ tier ~ '_revenue_cc', 'portfolios.revenue_12m_cc') }} as decimal(28, 8)) as {{ tier }}_revenue_rate,
    {% endfor %}
    portfolios.open_qualified_expansion_cc,
    portfolios.expansion_goal,
    cast(portfolios.upsell_coverage as decimal(28, 8)) as upsell_coverage,
    portfolios.won_in_quarter_cc,
    portfolios.quota,
    cast(portfolios.quota_attainment_rate as decimal(28, 8)) as quota_attainment_rate,
    {% for measure in ranged %}
    case
        when portfolios.{{ measure }} < ranges.{{ measure }}_from then 'below'
        when portfolios.{{ measure }} > ranges.{{ measure }}_to then 'above'
        when portfolios.{{ measure }} is not null and coalesce(ranges.{{ measure }}_from, ranges.{{ measure }}_to) is not null
            then 'within'
    end as {{ measure }}_range{% if not loop.last %},{% endif %}

    {% endfor %}
from portfolios
left join ranges on ranges.month = portfolios.month
