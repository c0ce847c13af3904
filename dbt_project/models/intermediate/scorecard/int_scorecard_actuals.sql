-- The actual of every scorecard metric that can be measured, for each AM and month. Kept to 12 decimals: a rating is compared only
-- after it was divided by the target, weighted and rounded to 6.
with months as (
    select *, {{ add_months(quarter_start('next_month'), -3) }} as complete_quarter from {{ ref('int_months') }}
),

retention as (
    select segment_value as am_id, month, start_arr_cc, end_arr_cc, expansion_cc
    from {{ ref('rpt_retention') }}
    where segment = 'am' and window_months = 12 and segment_value <> 'unassigned'
),

nps_quarters as (
    select
        segment_value as am_id,
        period_start as quarter,
        {{ precise_ratio('100 * (promoters - detractors)', 'responses') }} as nps
    from {{ ref('rpt_nps') }}
    where period_kind = 'quarter' and survey_type = 'transactional' and segment = 'am'
        and segment_value <> 'unassigned' and responses > 0
),

kpis as (
    select month, am_id, kpi, numerator, denominator from {{ ref('rpt_kpis') }}
    where am_id <> 'company' and kpi in ('green_rate', 'escalation_resolution_rate', 'qbr_completion_rate')
),

-- The KPI rows that a month's scorecard adds up.
kpi_windows as (
    select 'green_rate' as kpi, month, month as from_month, month as to_month from months
    union all
    select 'escalation_resolution_rate' as kpi, month, {{ add_months('month', -2) }} as from_month, month as to_month from months
    union all
    select 'qbr_completion_rate' as kpi, month, complete_quarter as from_month, {{ add_months('complete_quarter', 2) }} as to_month
    from months
)

select month, am_id, 'nrr_cc' as metric, {{ precise_ratio('end_arr_cc', 'start_arr_cc') }} as actual from retention
union all
select month, am_id, 'expansion_rate' as metric, {{ precise_ratio('expansion_cc', 'start_arr_cc') }} as actual from retention
union all
select
    months.month,
    nps_quarters.am_id,
    'nps' as metric,
    {{ from_units(div_round('sum(' ~ as_units('nps_quarters.nps', 12) ~ ')', 'count(*)'), 12, 38) }} as actual
from months
inner join nps_quarters
    on nps_quarters.quarter <= months.complete_quarter and nps_quarters.quarter > {{ add_months('months.complete_quarter', -12) }}
group by months.month, nps_quarters.am_id
union all
select
    kpi_windows.month,
    kpis.am_id,
    kpis.kpi as metric,
    {{ precise_ratio('sum(kpis.numerator)', 'sum(kpis.denominator)') }} as actual
from kpi_windows
inner join kpis
    on kpis.kpi = kpi_windows.kpi and kpis.month >= kpi_windows.from_month and kpis.month <= kpi_windows.to_month
group by kpi_windows.month, kpis.am_id, kpis.kpi
