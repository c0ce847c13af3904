-- A published rate must be what anybody gets who divides the published parts, and empty where there is nothing to divide by.
with retention as (select * from {{ ref('rpt_retention') }})

select segment || ' ' || segment_value || ' in ' || cast(month as string) || ' over ' || cast(window_months as string)
    || ' months: NRR ' || coalesce(cast(nrr_cc as string), 'n/a') || ', GRR ' || coalesce(cast(grr_cc as string), 'n/a')
    || ' are not those of start ' || cast(start_arr_cc as string) as message
from retention
where nrr_cc is distinct from {{ ratio('start_arr_cc + expansion_cc - contraction_cc - churn_cc', 'start_arr_cc') }}
    or grr_cc is distinct from {{ ratio('start_arr_cc - contraction_cc - churn_cc', 'start_arr_cc') }}
    or nrr_reported is distinct from {{ ratio('end_arr_reported', 'start_arr_reported') }}
    or fx_effect_pp is distinct from cast((nrr_reported - nrr_cc) * 100 as decimal(28, 8))
    or expansion_rate is distinct from {{ ratio('expansion_cc', 'start_arr_cc') }}
    or revenue_churn_rate is distinct from {{ ratio('churn_cc', 'start_arr_cc') }}
    or logo_churn_rate is distinct from {{ ratio('clients_churned', 'clients_start') }}
    or clients_churned > clients_start
