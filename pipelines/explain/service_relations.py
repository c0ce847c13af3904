"""Where the contributions to health, service, satisfaction and portfolio numbers stand, as SQL over a release.

The same contract as in `relations`, which holds the revenue half. Further parameters: $metric (the metric's name) and
$day (the last day of the month, or the run's day).
"""

from dataclasses import replace

from pipelines.explain.answer import Unit
from pipelines.explain.relations import AT_MONTH_END, OF_CLIENT, Part, Relation, split

BANDS = ("green", "yellow", "red", "unknown")
RENEWAL_STATUSES = ("covered", "open_now", "late")

# Owner and tier at the end of $month; the relation calls its rows `facts`.
AT_MONTH = f"""
    {AT_MONTH_END}
    left join intermediate.int_tiers__by_client_and_month as tiers
        on tiers.client_id = facts.client_id and tiers.month = facts.month
"""
WHOSE = f"""coalesce(owners.am_id, 'unassigned') as am, coalesce(tiers.tier, 'tail') as tier, {OF_CLIENT}"""
PUBLISHED_KPI = """
    select * from marts.rpt_kpis
    where month = $month and kpi = $metric
        and am_id = case when $segment = 'company' then 'company' else $segment_value end
        and $segment in ('company', 'am')
"""
KPI_MONTHS = "select distinct month from marts.rpt_kpis where kpi = $metric"

KPI = Relation(
    name="kpi",
    sql=f"""
        select facts.client_id, {WHOSE}, facts.numerator, facts.denominator, facts.entity, facts.event_id,
            facts.counts_on
        from intermediate.int_kpi_events as facts
        {AT_MONTH}
        where facts.month = $month and facts.kpi = $metric
    """,
    parts=(Part("numerator", "Met", Unit.COUNT), Part("denominator", "Counted", Unit.COUNT)),
    months=KPI_MONTHS,
    published=PUBLISHED_KPI,
)
SCORES = (Part("numerator", "Score", Unit.NUMBER), Part("denominator", "Answers", Unit.COUNT))
CSAT = replace(KPI, name="csat", parts=SCORES)

# Recruiters speak about an account manager, whoever owns which client.
FEEDBACK = Relation(
    name="feedback",
    sql="""
        select am_id as client_id, am_id as am, 'all' as company, numerator, denominator, entity, event_id, counts_on
        from intermediate.int_kpi_events
        where month = $month and kpi = $metric
    """,
    parts=SCORES,
    months=KPI_MONTHS,
    published=PUBLISHED_KPI,
    segments=("company", "am"),
    who="Account manager",
    names="select am_id as client_id, am_name as client_name from marts.dim_account_managers",
)

# What an account manager met or missed is a KPI, not an event of a client: `kpis` lists it.
ATTAINMENT = Relation(
    name="attainment", sql="", parts=(), months=KPI_MONTHS, published=PUBLISHED_KPI, segments=("company", "am")
)

SCORECARD = Relation(
    name="scorecard",
    sql="",
    parts=(),
    months="select distinct month from marts.rpt_scorecard_ratings",
    published="""
        select *, score as scorecard_score from marts.rpt_scorecard_ratings
        where month = $month and am_id = $segment_value and $segment = 'am'
    """,
    segments=("am",),
)

NPS = Relation(
    name="nps",
    sql=f"""
        select facts.client_id, coalesce(facts.am_id, 'unassigned') as am, facts.tier, {OF_CLIENT}, 1 as responses,
            facts.response_id, facts.responded_on, facts.score, facts.answer_kind,
            case when facts.answer_kind = 'promoter' then 1 else 0 end as promoters,
            case when facts.answer_kind = 'passive' then 1 else 0 end as passives,
            case when facts.answer_kind = 'detractor' then 1 else 0 end as detractors
        from intermediate.int_nps_responses__by_period as facts
        inner join intermediate.int_clients as clients on clients.client_id = facts.client_id
        where facts.last_month = $month and facts.period_kind = case $window when 3 then 'quarter' else 't12m' end
    """,
    parts=(
        Part("promoters", "Promoters", Unit.COUNT),
        Part("passives", "Passives", Unit.COUNT),
        Part("detractors", "Detractors", Unit.COUNT),
        Part("responses", "Respondents", Unit.COUNT),
    ),
    months="""
        select distinct last_month as month from intermediate.int_nps_responses__by_period
        where period_kind = case $window when 3 then 'quarter' else 't12m' end
    """,
    published="""
        select * from marts.rpt_nps
        where period_kind = case $window when 3 then 'quarter' else 't12m' end and segment = $segment
            and segment_value = $segment_value
            and period_start = cast($month as date) - to_months(cast($window as integer) - 1)
    """,
    windows=(12, 3),
)

HEALTH = Relation(
    name="health",
    sql=f"""
        select facts.client_id, {WHOSE}, facts.health_score, facts.health_band, facts.is_band_certain,
            {split("facts.health_band", BANDS, "1", "{}_clients")},
            case when facts.health_band <> 'unknown' then 1 else 0 end as known_clients, 1 as clients,
            {split("facts.health_band", BANDS, "arr.arr_cc", "{}_arr_cc")},
            arr.arr_cc
        from marts.fct_client_health as facts
        inner join intermediate.int_arr__by_client_and_month as arr
            on arr.client_id = facts.client_id and arr.month = facts.month
        {AT_MONTH}
        where facts.as_of_on = $day
    """,
    parts=(
        *(Part(f"{band}_clients", f"Clients, {band}", Unit.COUNT, band.capitalize()) for band in BANDS),
        Part("known_clients", "Clients with a known band", Unit.COUNT, "Known"),
        Part("clients", "Clients scored", Unit.COUNT),
        *(Part(f"{band}_arr_cc", f"ARR, {band}, constant currency") for band in BANDS),
        Part("arr_cc", "ARR of the clients scored, constant currency", short="ARR"),
    ),
    months="select distinct month from marts.fct_client_health where is_month_end",
    published=f"""
        select value as health_score from ({PUBLISHED_KPI.replace("$metric", "'green_rate'")}) as kpis
        where last_day(month) = $day
    """,
    attributes=(("health_score", "Score"), ("health_band", "Band")),
)

RENEWALS = Relation(
    name="renewals",
    sql=f"""
        select facts.client_id, coalesce(facts.am_id, 'unassigned') as am, facts.tier, {OF_CLIENT}, 1 as contracts,
            facts.value_cc, coalesce(facts.forecast_cc, 0) as forecast_cc, facts.health_band, facts.contract_id,
            facts.ends_on, facts.days_to_end, facts.renewal_status, facts.renewal_rate,
            {split("facts.renewal_status", RENEWAL_STATUSES, "1", "{}_contracts")},
            {split("facts.renewal_status", RENEWAL_STATUSES, "facts.value_cc", "{}_value_cc")}
        from marts.fct_renewals as facts
        inner join intermediate.int_clients as clients on clients.client_id = facts.client_id
    """,
    parts=(
        *(
            Part(f"{status}_contracts", f"Contracts, {status}", Unit.COUNT, status.replace("_", " ").capitalize())
            for status in RENEWAL_STATUSES
        ),
        Part("contracts", "Contracts that end soon", Unit.COUNT, "Contracts"),
        *(Part(f"{status}_value_cc", f"Value, {status}, constant currency") for status in RENEWAL_STATUSES),
        Part("value_cc", "Value, constant currency", short="Value"),
        Part("forecast_cc", "Renewal forecast, constant currency", short="Forecast"),
    ),
    months="select last_month as month from staging.stg_run where exists (select 1 from marts.fct_renewals)",
    attributes=(("health_band", "Health"),),
)

PIPELINE = Relation(
    name="pipeline",
    sql=f"""
        select facts.client_id, {WHOSE}, facts.open_qualified_expansion_cc, facts.won_in_quarter_cc
        from intermediate.int_pipeline__by_client_and_month as facts
        {AT_MONTH}
        where facts.month = $month
    """,
    parts=(
        Part("open_qualified_expansion_cc", "Open qualified expansion pipeline, constant currency", short="Open"),
        Part("won_in_quarter_cc", "Expansion and renewals won in the quarter, constant currency", short="Won"),
        Part("expansion_goal", "Expansion goal of the quarter", is_fixed=True),
        Part("quota", "Quota of the quarter", is_fixed=True),
    ),
    months="select distinct month from marts.rpt_portfolios",
    published="select * from marts.rpt_portfolios where month = $month and am_id = $segment_value",
    fixed="""
        select expansion_goal, quota from intermediate.int_portfolios__by_am_and_month
        where month = $month and am_id = $segment_value
    """,
    segments=("am",),
)
