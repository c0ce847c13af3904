"""What the service page asks of a release: escalations, QBRs, KPIs, satisfaction, action items. Queries only.

Rates and hours come as DOUBLE. Counting is done in SQL: a large company has tens of thousands of escalations.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_scope import Scope
from pipelines.dashboards.wording import add_months

if TYPE_CHECKING:
    import polars as pl

# The policy that scorecards and health use goes first.
POLICIES = {"severity_matrix": "Severity matrix", "kpi_target": "KPI target"}
MISSES_SHOWN = 25
OPEN_SHOWN = 25
KPI_MONTHS = 12
TREND_MONTHS = 24
QUARTERS = 8

# An escalation counts once, when it ended or, if that is earlier, when it fell due (metric book, 6).
DECIDED = """
    select escalations.*, '{kind}' as kind, {kind}_hours as hours, {kind}_due_at as due_at, is_{kind}_met as is_met,
        case when {kind}_hours is not null then opened_at + to_microseconds((3600000000 * {kind}_hours)::bigint) end
            as ended_at
    from marts.fct_escalations as escalations
    where is_{kind}_met is not null and {scope}
        and opened_at < $stop and {kind}_due_at >= $start -- follows from the two below, and is cheaper to ask first
        and least({kind}_due_at, opened_at + to_microseconds((3600000000 * coalesce({kind}_hours, 876600))::bigint))
            >= $start
        and least({kind}_due_at, opened_at + to_microseconds((3600000000 * coalesce({kind}_hours, 876600))::bigint))
            < $stop
"""
RATES = """
    with decided as ({decided})
    select kind, severity, policy, count(*) as decided, count(*) filter (is_met) as met
    from decided
    group by kind, severity, policy
    order by severity, policy
"""
LIMITS = """
    select policy, severity, response_minutes / 60 as response, resolution_minutes / 60 as resolution
    from policy.sla_policies as limits
    where valid_from = (
        select max(valid_from) from policy.sla_policies as newest
        where newest.policy = limits.policy and newest.severity = limits.severity and newest.valid_from <= ?
    )
"""
# Dots of one severity and verdict that would lie on each other become one larger dot (40 to a factor of ten).
DOTS = """
    with decided as ({decided}),
    judged as (
        select kind, escalation_id, severity, any_value(client_id) as client_id, any_value(hours) as hours,
            bool_and(is_met) as is_met
        from decided
        where hours is not null
        group by kind, escalation_id, severity
    )
    select kind, severity, is_met, count(*) as escalations, exp(avg(ln(greatest(hours, 0.01))))::double as hours,
        min(hours)::double as least_hours, max(hours)::double as most_hours,
        case when count(*) = 1 then any_value(client_id) end as client_id
    from judged
    group by kind, severity, is_met, floor(40 * log10(greatest(hours, 0.01)))
    order by severity, is_met, hours
"""
MISSES = """
    with decided as ({decided}),
    -- Late under both policies is one line, against the later limit; the other is named.
    lines as (
        select kind, escalation_id, client_id, any_value(am_id) as am_id, severity, max(due_at) as due_at,
            any_value(ended_at) as ended_at, list_sort(list(policy)) as policies
        from decided
        where not is_met
        group by kind, escalation_id, client_id, severity
    )
    select lines.*, clients.client_name, managers.am_name, count(*) over () as all_lines
    from lines
    left join marts.dim_clients as clients on clients.client_id = lines.client_id
    left join marts.dim_account_managers as managers on managers.am_id = lines.am_id
    order by severity, due_at desc, escalation_id, kind
    limit $most
"""
OPEN = """
    with open_ones as (
        select escalation_id, client_id, any_value(am_id) as am_id, severity, any_value(opened_at) as opened_at,
            any_value(responded_at) is not null as is_answered,
            max(response_due_at) filter (policy = 'severity_matrix') as response_due_at,
            max(resolution_due_at) filter (policy = 'severity_matrix') as resolution_due_at,
            coalesce(bool_or(is_response_met = false) filter (policy = 'severity_matrix'), false) as is_response_late,
            coalesce(bool_or(is_resolution_met = false) filter (policy = 'severity_matrix'), false) as is_overdue
        from marts.fct_escalations
        where resolved_at is null and {scope}
        group by escalation_id, client_id, severity
    )
    select open_ones.*, clients.client_name, managers.am_name, count(*) over () as all_open,
        count(*) filter (is_overdue) over () as all_overdue
    from open_ones
    left join marts.dim_clients as clients on clients.client_id = open_ones.client_id
    left join marts.dim_account_managers as managers on managers.am_id = open_ones.am_id
    order by is_overdue desc, is_response_late desc, severity, resolution_due_at, escalation_id
    limit $most
"""
NPS_BANDS = """
    select nps_band, minimum_nps::double as minimum_nps
    from policy.nps_bands
    where valid_from = (select max(valid_from) from policy.nps_bands where valid_from <= ?) and minimum_nps is not null
    order by minimum_nps desc
"""
# The published value where one row is read; a team's is the sum over its account managers.
KPIS = """
    select month, kpi, sum(numerator)::double as numerator, sum(denominator)::double as denominator,
        case when count(*) = 1 then any_value(value)::double else (sum(numerator) / sum(denominator))::double end
            as value,
        any_value(target)::double as target,
        case when count(*) = 1 then bool_or(is_met) else sum(numerator) >= any_value(target) * sum(denominator) end
            as is_met
    from marts.rpt_kpis
    where {scope} and month between $start and $month
    group by month, kpi
    order by kpi, month
"""
QBRS = """
    select quarter_start, count(*) filter (is_due) as due, count(*) filter (is_due and is_completed) as due_completed,
        count(*) filter (is_completed) as completed, count(*) filter (executive_attended) as executive_attended,
        count(*) filter (deck_on_time) as deck_on_time, count(*) filter (actions_logged) as actions_logged,
        count(*) filter (follow_up_on_time) as follow_up_on_time, count(follow_up_on_time) as follow_up_decided
    from marts.fct_qbrs
    where {scope} and quarter_start between $start and $month
    group by quarter_start
    order by quarter_start
"""
QBRS_MISSED = """
    select qbrs.client_id, clients.client_name, managers.am_name
    from marts.fct_qbrs as qbrs
    left join marts.dim_clients as clients on clients.client_id = qbrs.client_id
    left join marts.dim_account_managers as managers on managers.am_id = qbrs.am_id
    where {scope} and is_due and not is_completed and quarter_start = $quarter
    order by clients.arr_cc desc nulls last, qbrs.client_id
"""
NPS = """
    select period_start, responses, promoters, passives, detractors, nps::double as nps, nps_low::double as nps_low,
        nps_high::double as nps_high, is_too_few
    from marts.rpt_nps
    where period_kind = 'quarter' and survey_type = 'transactional' and segment = ? and segment_value = ?
        and period_start between ? and ?
    order by period_start
"""
ACTIONS = """
    select quarter_start, any_value(quarter_name) as quarter_name, sum(items)::bigint as items,
        sum(closed_30d)::bigint as closed_30d, sum(closed_60d)::bigint as closed_60d,
        sum(open_items)::bigint as open_items, sum(open_up_to_30d)::bigint as open_up_to_30d,
        sum(open_31_to_60d)::bigint as open_31_to_60d, sum(open_over_60d)::bigint as open_over_60d,
        max(oldest_open_days) as oldest_open_days
    from marts.rpt_action_registry
    where {scope}
    group by quarter_start
    order by quarter_start desc
"""


@dataclass(frozen=True)
class Sla:
    """Response or resolution (`kind`) of the escalations decided in the period.

    `rates`: severity, policy, decided, met. `dots`: severity, is_met (under every policy), escalations, hours (their
    geometric mean) with least and most, client_id of a single one. `limits`: (policy, severity) -> hours.
    """

    kind: str
    rates: pl.DataFrame
    dots: pl.DataFrame
    limits: dict[tuple[str, str], float]


@dataclass(frozen=True)
class ServiceRows:
    """All rows of the page; the period is the `months` months to `month`. Open escalations are as of the run.

    `nps_bands`: (name, least NPS), the best first.
    """

    month: dt.date
    months: int
    response: Sla
    resolution: Sla
    misses: pl.DataFrame
    open_now: pl.DataFrame
    kpis: pl.DataFrame
    qbrs: pl.DataFrame
    qbrs_missed: pl.DataFrame
    nps: pl.DataFrame
    nps_bands: tuple[tuple[str, float], ...]
    actions: pl.DataFrame


def read_service(context: Context, scope: Scope, month: dt.date, months: int) -> ServiceRows:
    """The rows about `scope`, for the `months` months that end with `month`."""
    release = context.release
    own, own_values = _named(scope.own_rows)
    kpi, kpi_values = _named(scope.kpi_rows)
    stop = add_months(month, 1)
    period = {"start": add_months(month, 1 - months), "stop": stop, **own_values}
    decided = " union all ".join(DECIDED.format(kind=kind, scope=own) for kind in ("response", "resolution"))
    rates, dots = (release.rows(sql.format(decided=decided), period) for sql in (RATES, DOTS))
    limits = release.rows(LIMITS, [stop - dt.timedelta(days=1)]).to_dicts()
    slas = [
        Sla(
            kind,
            rates.filter(kind=kind),
            dots.filter(kind=kind),
            {(row["policy"], row["severity"]): row[kind] for row in limits},
        )
        for kind in ("response", "resolution")
    ]
    quarter = newest_quarter(month)
    quarters = {"start": add_months(quarter, -3 * (QUARTERS - 1)), "month": quarter, **own_values}
    segment = ("am", scope.am_id) if scope.am_id else ("company", "all")
    return ServiceRows(
        month=month,
        months=months,
        response=slas[0],
        resolution=slas[1],
        misses=release.rows(MISSES.format(decided=decided), {**period, "most": MISSES_SHOWN}),
        open_now=release.rows(OPEN.format(scope=own), {"most": OPEN_SHOWN, **own_values}),
        kpis=release.rows(
            KPIS.format(scope=kpi), {"start": add_months(month, 1 - TREND_MONTHS), "month": month, **kpi_values}
        ),
        qbrs=release.rows(QBRS.format(scope=own), quarters),
        qbrs_missed=release.rows(
            QBRS_MISSED.format(scope=own.replace("am_id", "qbrs.am_id", 1)), {"quarter": quarter, **own_values}
        ),
        nps=release.rows(NPS, [*segment, add_months(quarter, -3 * (QUARTERS - 1)), quarter]),
        nps_bands=tuple(release.rows(NPS_BANDS, [stop - dt.timedelta(days=1)]).rows()),
        actions=release.rows(ACTIONS.format(scope=own), own_values),
    )


def newest_quarter(month: dt.date) -> dt.date:
    """The first day of the latest calendar quarter that is complete at the end of `month`."""
    return add_months(month, -2 if month.month % 3 == 0 else -(2 + month.month % 3))


def _named(condition: tuple[str, list[str]]) -> tuple[str, dict[str, str]]:
    """A condition with `?` as one with `$am_id`."""
    sql, values = condition
    return sql.replace("?", "$am_id"), {"am_id": values[0]} if values else {}
