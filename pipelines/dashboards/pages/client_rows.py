"""What the page of one client asks of a release. Queries only; amounts stay Decimal, rates come as DOUBLE.

Each query is about one client; somebody who may not see the client gets no row from any of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.dashboards.wording import add_months

if TYPE_CHECKING:
    import polars as pl

    from pipelines.dashboards.pages.context import Context
    from pipelines.serving.release import Release

HISTORY_MONTHS = 36
QUARTERS_SHOWN = 8

CLIENT = """
    select client_id, client_name, industry, country, region, billing_currency, tier, am_id, am_name, arr_cc,
        annual_revenue_cc, first_revenue_month, churned_month
    from marts.dim_clients
    where client_id = $client
"""

ARR = """
    select month, sum(arr_cc) as arr_cc, sum(arr_reported) as arr_reported, bool_or(is_provisional) as is_provisional
    from marts.fct_arr
    where client_id = $client
    group by month
    order by month
"""

MOVEMENTS = """
    select moves.month, moves.movement_type, moves.change_cc, moves.change_reported, moves.fx_effect_reported,
        managers.am_name, churn.churn_category, churn.churn_reason
    from marts.fct_arr_movements as moves
    left join marts.dim_account_managers as managers on managers.am_id = moves.am_id
    left join marts.fct_churn as churn on churn.client_id = moves.client_id and churn.month = moves.month
        and moves.movement_type = 'churn'
    where moves.client_id = $client
    order by moves.month
"""

REVENUE = """
    select month, coalesce(service_line, 'not named') as service_line, sum(revenue_cc) as revenue_cc,
        sum(revenue_reported) as revenue_reported
    from marts.fct_revenue
    where client_id = $client and month between $first and $month
    group by all
    order by all
"""

HEALTH = """
    select month, as_of_on, open_orders, hires_per_month::double as hires_per_month, days_to_pay::double as days_to_pay,
        flagged_invoices, nps_mean::double as nps_mean, sponsor_activities, executive_activities, active_contacts,
        open_expansion_cc::double as open_expansion_cc, open_expansions, escalations, overdue_escalations,
        hiring_points, payment_points, nps_points, executive_points, expansion_points, issue_points, earned_points,
        available_points, health_score, score_low, score_high, coverage_rate::double as coverage_rate, health_band,
        is_band_certain
    from marts.fct_client_health
    where client_id = $client and is_month_end and month <= $month
    order by month
"""

# The rules that hold on a day; the newest of each kind that is not younger.
COMPONENTS = """
    select component, maximum_points, combination
    from policy.health_components
    where valid_from <= $day
    qualify valid_from = max(valid_from) over (partition by component)
    order by maximum_points desc, component
"""
RUBRIC = """
    select component, measure, lower_bound::double as lower_bound, is_lower_included,
        upper_bound::double as upper_bound, is_upper_included, points
    from policy.health_rubric
    where valid_from <= $day
    qualify valid_from = max(valid_from) over (partition by component, measure)
    order by component, measure, points
"""
BANDS = """
    select health_band, minimum_score
    from policy.health_bands
    where valid_from <= $day
    qualify valid_from = max(valid_from) over (partition by health_band)
    order by minimum_score desc nulls last
"""

NPS = """
    select period_kind, period_start, survey_type, responses, nps::double as nps, is_too_few
    from marts.rpt_nps
    where segment = 'client' and segment_value = $client and period_start <= $month
    order by period_start
"""

CSAT = """
    select month, responses, csat_mean::double as csat_mean
    from marts.rpt_csat
    where segment = 'client' and segment_value = $client and month <= $month
    order by month
"""

ESCALATIONS = """
    select escalation_id, any_value(severity) as severity, any_value(opened_at) as opened_at,
        any_value(resolved_at) as resolved_at, any_value(response_hours)::double as response_hours,
        any_value(resolution_hours)::double as resolution_hours,
        any_value(is_response_met) filter (where policy = 'severity_matrix') as matrix_response,
        any_value(is_resolution_met) filter (where policy = 'severity_matrix') as matrix_resolution,
        any_value(is_response_met) filter (where policy = 'kpi_target') as kpi_response,
        any_value(is_resolution_met) filter (where policy = 'kpi_target') as kpi_resolution
    from marts.fct_escalations
    where client_id = $client and opened_at < $after
    group by escalation_id
    order by opened_at desc, escalation_id
"""

REVIEWS = """
    select quarter_start, is_due, is_completed, executive_attended, deck_on_time, actions_logged, follow_up_on_time
    from marts.fct_qbrs
    where client_id = $client and quarter_start <= $month
    order by quarter_start desc
    limit $most
"""

RENEWALS = """
    select contract_id, ends_on, days_to_end, value_cc, renewal_status, tier, health_band,
        renewal_rate::double as renewal_rate, forecast_cc, forecast_low_cc, forecast_high_cc
    from marts.fct_renewals
    where client_id = $client
    order by ends_on, contract_id
"""

RELATIONS = "select * from marts.rpt_relationships where client_id = $client"

WHITE_SPACE = """
    select coalesce(division, 'not named') as division, coalesce(country, 'not named') as country,
        coalesce(service_line, 'not named') as service_line, has_revenue, revenue_12m_cc
    from marts.rpt_white_space
    where client_id = $client
    order by division, service_line, country
"""

ECONOMICS = """
    select revenue_12m_cc, category_spend_cc, wallet_share_rate::double as wallet_share_rate, leakage_cc,
        costed_revenue_cc, margin_cc, margin_rate::double as margin_rate, savings_planned_cc, savings_delivered_cc
    from marts.rpt_client_economics
    where client_id = $client and month = $month
"""

FLAGS = """
    select flag, currency, move_rate::double as move_rate, value_cc from marts.fct_fx_flags
    where client_id = $client
    order by flag, contract_id
"""


@dataclass(frozen=True)
class HealthRules:
    """The scoring rules of a day: components, the brackets of their measures, the least score of each band."""

    components: list[dict[str, Any]]
    rubric: list[dict[str, Any]]
    bands: list[dict[str, Any]]


@dataclass(frozen=True)
class ClientRows:
    """The rows of one client as of `month`; `client` holds its attributes of today."""

    client: dict[str, Any]
    month: dt.date
    arr: list[dict[str, Any]]
    movements: list[dict[str, Any]]
    revenue: pl.DataFrame
    health: list[dict[str, Any]]
    rules: HealthRules
    nps: list[dict[str, Any]]
    csat: list[dict[str, Any]]
    escalations: list[dict[str, Any]]
    reviews: list[dict[str, Any]]
    renewals: list[dict[str, Any]]
    relations: dict[str, Any] | None
    white_space: list[dict[str, Any]]
    economics: dict[str, Any] | None
    flags: list[dict[str, Any]]

    @property
    def latest_health(self) -> dict[str, Any] | None:
        """The score of the month; None where the client had no ARR to score."""
        return self.health[-1] if self.health and self.health[-1]["month"] == self.month else None


def read_client(context: Context, client_id: str) -> ClientRows | None:
    """All rows of a client; None where there is no such client for this reader, or no complete month."""
    release, month = context.release, context.month
    known = release.rows(CLIENT, {"client": client_id}).to_dicts()
    if not known or month is None:
        return None
    of_client, until = {"client": client_id}, {"client": client_id, "month": month}
    after = add_months(month, 1)

    def rows(sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        return release.rows(sql, parameters).to_dicts()

    def one(sql: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
        return next(iter(rows(sql, parameters)), None)

    return ClientRows(
        client=known[0],
        month=month,
        arr=[row for row in rows(ARR, of_client) if row["month"] <= month],
        movements=[row for row in rows(MOVEMENTS, of_client) if row["month"] <= month],
        revenue=release.rows(REVENUE, {**until, "first": add_months(month, 1 - HISTORY_MONTHS)}),
        health=rows(HEALTH, until),
        rules=_rules(release, after - dt.timedelta(days=1)),
        nps=rows(NPS, until),
        csat=rows(CSAT, until),
        escalations=rows(ESCALATIONS, {**of_client, "after": dt.datetime.combine(after, dt.time())}),
        reviews=rows(REVIEWS, {**until, "most": QUARTERS_SHOWN}),
        renewals=rows(RENEWALS, of_client),
        relations=one(RELATIONS, of_client),
        white_space=rows(WHITE_SPACE, of_client),
        economics=one(ECONOMICS, until),
        flags=rows(FLAGS, of_client),
    )


def _rules(release: Release, day: dt.date) -> HealthRules:
    parameters = {"day": day}
    return HealthRules(*(release.rows(sql, parameters).to_dicts() for sql in (COMPONENTS, RUBRIC, BANDS)))
