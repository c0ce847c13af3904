"""What the numbers of the service half are: health, satisfaction, service levels, renewals, pipeline, scorecard."""

from pipelines.explain.answer import Unit
from pipelines.explain.metric import Metric, Ratio
from pipelines.explain.relations import Relation
from pipelines.explain.service_relations import (
    ATTAINMENT,
    CSAT,
    FEEDBACK,
    HEALTH,
    KPI,
    NPS,
    PIPELINE,
    RENEWALS,
    SCORECARD,
)

# Every KPI that is met or missed event by event: its title, what meets it, and out of what.
RATES = {
    "escalation_response_rate": ("Escalations answered in time", "answered within their limit", "escalations"),
    "escalation_resolution_rate": ("Escalations resolved in time", "resolved within their limit", "escalations"),
    "communication_response_rate": ("E-mails answered in time", "answered within their limit", "client e-mails"),
    "meeting_request_rate": ("Meeting requests answered in time", "answered in under 24 hours", "meeting requests"),
    "qbr_completion_rate": ("QBRs held", "held in the quarter", "clients that were due one"),
    "qbr_executive_rate": ("QBRs with an executive", "an executive attended", "completed QBRs"),
    "qbr_deck_rate": ("QBR decks ready in time", "deck ready 3 days before", "completed QBRs"),
    "qbr_actions_rate": ("QBRs with action items", "action items logged", "completed QBRs"),
    "qbr_follow_up_rate": ("QBRs followed up in time", "followed up within 7 days", "completed QBRs"),
    "touchpoint_rate": ("Touchpoints held", "periods with the touch of the tier's plan", "periods due"),
    "crm_hygiene_rate": ("Activities logged in time", "logged within 24 hours", "activities with a log time"),
    "account_plan_rate": ("Account plans kept up", "clients with a plan update in the quarter", "clients with ARR"),
    "support_coverage_rate": ("Support arrangements", "every account has one in force", "support clients with ARR"),
    "support_sla_rate": ("Support tickets answered in time", "answered within their limit", "tickets with a limit"),
    "delivery_on_time_rate": ("Projects delivered on time", "delivered by their due date", "projects due"),
    "delivery_in_budget_rate": ("Projects within budget", "cost no more than their budget", "delivered projects"),
    "order_fulfilment_rate": ("Orders filled in time", "filled within 90 days of opening", "job orders"),
    "action_registry_30d_rate": ("Action items closed in 30 days", "closed within 30 days", "action items"),
    "action_registry_60d_rate": ("Action items closed in 60 days", "closed within 60 days", "action items"),
    "bcp_on_time_rate": ("Continuity tasks on time", "done by their due date", "business continuity tasks"),
    "programme_acknowledged_rate": ("Updates acknowledged", "acknowledged by their due date", "programme updates"),
    "programme_done_rate": ("Updates done", "done by their due date", "programme updates"),
    "green_rate": ("Green share", "clients in the green band", "clients with a known band"),
}  # fmt: skip
MEANS = {
    "csat_mean": ("Customer satisfaction (CSAT)", CSAT),
    "recruiter_feedback_mean": ("Recruiters' score of their account managers", FEEDBACK),
}


def _kpi(name: str, title: str, formula: str, relation: Relation, unit: Unit) -> Metric:
    is_rate = unit is Unit.RATE
    return Metric(
        name, title, formula, unit, "marts.rpt_kpis", relation, ("numerator", "denominator"),
        ratios=(Ratio(("+numerator",), "denominator", baseline=1 if is_rate else 0),), detail="events",
        has_effects=is_rate, nothing="nothing of the kind fell into the month",
    )  # fmt: skip


KPIS = (
    *(_kpi(name, title, f"{met} / {of}", KPI, Unit.RATE) for name, (title, met, of) in RATES.items()),
    *(
        _kpi(name, title, "sum of the scores / answers of the month", relation, Unit.SCORE)
        for name, (title, relation) in MEANS.items()
    ),
)

SERVICE_METRICS = (
    Metric(
        "health_score", "Client health", "green clients / clients with a known band; with --client the client's score",
        Unit.RATE, "marts.fct_client_health", HEALTH, ("green_clients", "known_clients", "arr_cc"),
        ratios=(Ratio(("+green_clients",), "known_clients", baseline=1),), detail="bands",
        scores_clients=True, can_be_as_of_run=True,
        nothing="no client with ARR has a known band",
    ),
    Metric(
        "scorecard_score", "Scorecard", "sum of weight x attainment / sum of the weights that could be measured",
        Unit.SCORE, "marts.rpt_scorecard_ratings", SCORECARD, only_segment="am", view="scorecard",
        nothing="none of its metrics could be measured in the month",
    ),
    Metric(
        "nps", "Net promoter score",
        "100 x (promoters - detractors) / respondents, each by the latest answer in the period: transactional surveys"
        " over a quarter (window 3), relationship surveys over 12 months (window 12)",
        Unit.SCORE, "marts.rpt_nps", NPS, ("promoters", "passives", "detractors", "responses"),
        ratios=(Ratio(("+promoters", "-detractors"), "responses", scale=100),), detail="responses",
        nothing="nobody answered in the period",
    ),
    *KPIS,
    Metric(
        "kpi_attainment_rate", "KPI attainment", "KPIs met / KPIs with a target measured in the month, itself left out",
        Unit.RATE, "marts.rpt_kpis", ATTAINMENT, view="kpis", nothing="no KPI with a target was measured in the month",
    ),
    Metric(
        "renewal_status", "Contracts that end in the next 180 days",
        "covered: the client has a renewal open, or won in the last 180 days; else open_now 90 or more days out; else"
        " late",
        Unit.COUNT, "marts.fct_renewals", RENEWALS,
        ("covered_contracts", "open_now_contracts", "late_contracts", "contracts", "value_cc", "forecast_cc"),
        total="contracts", detail="contracts",
    ),
    Metric(
        "upsell_coverage", "Upsell coverage", "open qualified expansion pipeline at the month's end / expansion goal",
        Unit.SCORE, "marts.rpt_portfolios", PIPELINE, ("open_qualified_expansion_cc",),
        ratios=(Ratio(("+open_qualified_expansion_cc",), "expansion_goal"),), detail="opportunities",
        only_segment="am", has_effects=False, nothing="the account manager has no expansion goal for the quarter",
    ),
    Metric(
        "quota_attainment_rate", "Quota attainment", "expansion and renewals won in the quarter so far / quota",
        Unit.RATE, "marts.rpt_portfolios", PIPELINE, ("won_in_quarter_cc",),
        ratios=(Ratio(("+won_in_quarter_cc",), "quota"),), detail="opportunities", only_segment="am",
        nothing="the account manager has no quota for the quarter",
    ),
)  # fmt: skip
