-- A client without region or owner must show as unknown or unassigned: segments that leave it out no longer add up to the company.
with totals as (
    select month, basis, segment, sum(end_arr) as end_arr, sum(transfer_arr) as transfer_arr, sum(fx_effect) as fx_effect
    from {{ ref('rpt_arr_waterfall') }}
    group by month, basis, segment
),

company as (select * from totals where segment = 'company')

select totals.segment || ' segments of ' || cast(totals.month as varchar) || ' (' || totals.basis || ') end at '
    || cast(totals.end_arr as varchar) || ', the company at ' || cast(company.end_arr as varchar) as message
from totals
inner join company on company.month = totals.month and company.basis = totals.basis
where totals.end_arr <> company.end_arr or totals.fx_effect <> company.fx_effect or totals.transfer_arr <> 0
