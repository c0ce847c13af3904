-- GRR above NRR or above 1, or parts that do not make the end, would be a number nobody can defend.
select segment || ' ' || segment_value || ' in ' || cast(month as string) || ' over ' || cast(window_months as string)
    || ' months: GRR ' || cast(grr_cc as string) || ', NRR ' || cast(nrr_cc as string) as message
from {{ ref('rpt_retention') }}
where grr_cc > nrr_cc
    or grr_cc > 1
    or grr_reported > nrr_reported
    or grr_reported > 1
    or start_arr_cc + expansion_cc - contraction_cc - churn_cc <> end_arr_cc
