"""What the published warehouse promises: the columns that each table must have (more may be added, none dropped).

A copy, as data, of the specification the project was given; the models follow it, not the other way round.
"""

_COLUMNS = {
    "marts.dim_clients": """
        client_id client_name industry country region billing_currency tier am_id am_name arr_cc
        annual_revenue_cc first_revenue_month churned_month health_score health_band
    """,
    "marts.dim_account_managers": """
        am_id am_name email region is_active
    """,
    "marts.fct_revenue": """
        client_id month currency revenue_type service_line division country job_family revenue_local
        revenue_cc revenue_reported
    """,
    "marts.fct_arr": """
        client_id month currency arr_local recurring_arr_local usage_arr_local arr_cc arr_reported
        is_provisional
    """,
    "marts.fct_arr_movements": """
        client_id month movement_type am_id tier start_arr_cc end_arr_cc change_cc start_arr_reported
        end_arr_reported change_reported fx_effect_reported
    """,
    "marts.fct_expansion_types": """
        client_id month expansion_type change_cc
    """,
    "marts.fct_churn": """
        client_id month am_id churned_arr_cc churn_category churn_reason band_3_months_before is_surprise
    """,
    "marts.rpt_retention": """
        month window_months segment segment_value clients_start clients_churned start_arr_cc expansion_cc
        contraction_cc churn_cc end_arr_cc nrr_cc grr_cc start_arr_reported end_arr_reported nrr_reported
        grr_reported fx_effect_pp logo_churn_rate revenue_churn_rate expansion_rate inherited_start_arr_cc
        handover_fair_nrr_cc
    """,
    "marts.rpt_arr_waterfall": """
        month basis segment segment_value start_arr new_arr reactivation_arr expansion_arr contraction_arr
        churn_arr transfer_arr fx_effect end_arr
    """,
    "marts.rpt_nps": """
        period_kind period_start survey_type segment segment_value responses promoters passives detractors nps
        nps_low nps_high
    """,
    "marts.fct_client_health": """
        client_id as_of_on open_orders hires_per_month hiring_points days_to_pay payment_points nps_mean
        nps_points executive_points open_expansion_cc expansion_points escalations issue_points earned_points
        available_points health_score score_low score_high coverage_rate health_band is_band_certain
    """,
    "marts.rpt_health_calibration": """
        month measure bucket clients lost_clients loss_rate auc
    """,
    "marts.fct_escalations": """
        escalation_id policy client_id am_id severity opened_at responded_at resolved_at response_hours
        resolution_hours response_due_at resolution_due_at is_response_met is_resolution_met
    """,
    "marts.fct_qbrs": """
        client_id quarter_start am_id is_due is_completed executive_attended deck_on_time actions_logged
        follow_up_on_time
    """,
    "marts.fct_renewals": """
        contract_id client_id am_id ends_on days_to_end value_cc renewal_status
    """,
    "marts.rpt_kpis": """
        month am_id kpi numerator denominator value previous_value target is_met
    """,
    "marts.rpt_csat": """
        month segment segment_value responses csat_mean change
    """,
    "marts.rpt_action_registry": """
        quarter_start am_id items closed_30d closed_60d open_items oldest_open_days
    """,
    "marts.rpt_scorecard": """
        month am_id metric weight target actual attainment points
    """,
    "marts.rpt_scorecard_ratings": """
        month am_id score coverage_rate rating
    """,
    "marts.rpt_portfolios": """
        month am_id clients strategic_clients growth_clients standard_clients tail_clients arr_cc top_10_rate
        upsell_coverage quota_attainment_rate
    """,
    "marts.rpt_client_economics": """
        month client_id wallet_share_rate leakage_cc margin_cc margin_rate savings_planned_cc
        savings_delivered_cc
    """,
    "marts.rpt_white_space": """
        client_id division country service_line has_revenue
    """,
    "marts.rpt_relationships": """
        client_id executive_contacts manager_contacts other_contacts is_single_contact
    """,
    "marts.fct_fx_flags": """
        client_id flag currency move_rate value_cc
    """,
    "marts.rpt_okrs": """
        quarter_start am_id objective metric target actual progress
    """,
    "marts.rpt_promotion_readiness": """
        am_id criterion value threshold is_met
    """,
    "ops.load_files": """
        source entity file_name sha256 loaded_at rows_read rows_landed rows_duplicate rows_quarantined
    """,
    "ops.quarantine": """
        source entity file_name line_number reason raw
    """,
    "ops.checks": """
        run_id suite check_name severity passed observed message
    """,
    "ops.publications": """
        publication_id published_at as_of_on code_version inputs_sha256
    """,
    "ops.restatements": """
        publication_id month metric segment segment_value old_value new_value cause client_id client_effect
    """,
}

PUBLISHED_COLUMNS = {table: columns.split() for table, columns in _COLUMNS.items()}
