-- A client without region or owner must show as unknown or unassigned: segments that leave it out no longer add up to the company.
{% set bars = [
    'start_arr', 'new_arr', 'reactivation_arr', 'expansion_arr', 'contraction_arr', 'churn_arr', 'fx_effect', 'end_arr',
] %}
with totals as (
    select month, basis, segment, sum(transfer_arr) as transfer_arr{% for bar in bars %}, sum({{ bar }}) as {{ bar }}{% endfor %}

    from {{ ref('rpt_arr_waterfall') }}
    group by month, basis, segment
),

company as (select * from totals where segment = 'company')

select totals.segment || ' segments of ' || cast(totals.month as string) || ' (' || totals.basis || ') end at '
    || cast(totals.end_arr as string) || ', the company at ' || cast(company.end_arr as string)
    || ', or another bar differs' as message
from totals
inner join company on company.month = totals.month and company.basis = totals.basis
where totals.transfer_arr <> 0{% for bar in bars %} or totals.{{ bar }} <> company.{{ bar }}{% endfor %}

