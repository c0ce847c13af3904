"""From a release to the facts of one client's quarter: performance, service, feedback.

Every query is bound to one client. Marts give what they publish; what they publish for whole portfolios only comes from
the client's own rows behind them. Days of the future are cut off by the period's day, or by the run's as-of day.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pipelines.dashboards.wording import add_months
from pipelines.explain.reader import read
from pipelines.qbr.facts import (
    Commitment,
    Escalation,
    Feedback,
    Hiring,
    Limit,
    LineSpend,
    Miss,
    Nps,
    Service,
    Spend,
)
from pipelines.qbr.scope import Client, Period, Run
from pipelines.qbr.text import clean
from pipelines.serving.release import Release

YEAR = 12
QUARTERS_SHOWN = 5  # the quarter, back to the same one a year before
POLICY = "severity_matrix"
ESCALATION_RESPONSE, ESCALATION_RESOLUTION = "escalation_response_rate", "escalation_resolution_rate"
EMAIL, MEETING_REQUEST, TICKET = "communication_response_rate", "meeting_request_rate", "support_sla_rate"
ORDER_FULFILMENT, ON_TIME_DELIVERY = "order_fulfilment_rate", "delivery_on_time_rate"
COMMITMENTS = (
    ESCALATION_RESPONSE, ESCALATION_RESOLUTION, EMAIL, MEETING_REQUEST, TICKET, ORDER_FULFILMENT,
)  # fmt: skip

PLACEMENTS = """
    select placements.started_on, links.client_id
    from staging.stg_placements as placements
    inner join intermediate.int_clients__by_account as links on links.account_id = placements.account_id
"""


def spend_of(release: Release, run: Run, client: Client, period: Period) -> Spend:
    """Recognised revenue of the 12 months to the period's last, beside the 12 months before."""
    rows = read(
        release,
        """
        select month, currency, service_line, sum(revenue_local) as local, sum(revenue_cc) as cc
        from marts.fct_revenue
        where client_id = $client and month between $first and $last
        group by month, currency, service_line
        """,
        client=client.client_id,
        first=add_months(period.last_month, 1 - 2 * YEAR),
        last=period.last_month,
    )
    currencies = sorted({row["currency"] for row in rows})
    is_converted = len(currencies) > 1
    currency = run.reporting_currency if is_converted else next(iter(currencies), client.billing_currency)
    common = "cc" if is_converted else "local"
    usage = read(
        release,
        """
        select 1 from marts.fct_arr
        where client_id = $client and month between $first and $last and is_provisional
        """,
        client=client.client_id,
        first=period.first_month,
        last=period.last_month,
    )
    trend = _trend(((row["month"], row[common]) for row in rows), period, Decimal(0))
    lines = _line_spend(rows, period, common)
    currency = currency or run.reporting_currency
    return Spend(currency, is_converted, lines, trend, len(period.months), is_usage_incomplete=bool(usage))


def _line_spend(rows: list[dict[str, Any]], period: Period, common: str) -> tuple[LineSpend, ...]:
    """Service lines by spend, the largest first; without those that had none in the period nor a year before."""
    keys = sorted({(row["service_line"] or "", row["currency"]) for row in rows})
    year_before = {add_months(month, -YEAR) for month in period.months}
    lines = []
    for service_line, currency in keys:
        own = [row for row in rows if (row["service_line"] or "", row["currency"]) == (service_line, currency)]
        now = [row for row in own if row["month"] in period.months]
        before = [row for row in own if row["month"] in year_before]
        if now or before:
            lines.append(
                LineSpend(
                    clean(service_line) or None,
                    currency,
                    tuple(_total(now, "local", month) for month in period.months),
                    _total(before, "local"),
                    _total(now, common),
                    _total(before, common),
                )
            )
    return tuple(sorted(lines, key=lambda line: (-line.total_common, -line.before_common)))


def _total(rows: Iterable[dict[str, Any]], column: str, month: dt.date | None = None) -> Decimal:
    return sum((row[column] for row in rows if month in (None, row["month"])), Decimal(0))


def _trend(rows: Iterable[tuple[dt.date, Any]], period: Period, zero: Any) -> tuple[tuple[dt.date, Any, Any], ...]:
    """The 12 months to the period's last: month, its sum, that of the month a year before."""
    sums: dict[dt.date, Any] = {}
    for month, value in rows:
        sums[month] = sums.get(month, zero) + value
    months = [add_months(period.last_month, index) for index in range(1 - YEAR, 1)]
    return tuple((month, sums.get(month, zero), sums.get(add_months(month, -YEAR), zero)) for month in months)


def hiring_of(release: Release, client: Client, period: Period) -> Hiring:
    """Placements started, orders opened and filled, up to the period's day."""
    placed = read(
        release,
        f"""
        select cast(date_trunc('month', started_on) as date) as month, count(*) as hires
        from ({PLACEMENTS}) as own
        where client_id = $client and started_on between $first and $day
        group by 1
        """,
        client=client.client_id,
        first=add_months(period.last_month, 1 - 2 * YEAR),
        day=period.day,
    )
    connected = read(
        release,
        """
        select exists (select 1 from staging.stg_placements where started_on <= $day)
            or exists (select 1 from staging.stg_job_orders where opened_on <= $day) as is_connected
        """,
        day=period.day,
    )
    opened = read(
        release,
        """
        select count(*) as orders, coalesce(sum(openings), 0) as openings from intermediate.int_orders
        where client_id = $client and opened_on between $first and $day
        """,
        client=client.client_id,
        first=period.first_month,
        day=period.day,
    )[0]
    before = period.year_before()
    filled, days = _filled(release, client, period)
    filled_before, days_before = _filled(release, client, before)
    trend = _trend(((row["month"], row["hires"]) for row in placed), period, 0)
    return Hiring(
        connected[0]["is_connected"], trend, len(period.months), opened["orders"], int(opened["openings"]),
        filled, days, filled_before, days_before,
    )  # fmt: skip


def _filled(release: Release, client: Client, period: Period) -> tuple[int, Decimal | None]:
    row = read(
        release,
        """
        select count(*) as orders, sum(filled_on - opened_on) as days from intermediate.int_orders
        where client_id = $client and filled_on between $first and $day and openings > 0
        """,
        client=client.client_id,
        first=period.first_month,
        day=period.day,
    )[0]
    return row["orders"], Decimal(int(row["days"])) / row["orders"] if row["orders"] else None


def commitment_of(release: Release, client: Client, period: Period, kpi: str) -> Commitment:
    """The client's events of one KPI, as `rpt_kpis` adds them up for everybody."""
    counted = [
        read(
            release,
            """
            select coalesce(sum(case when is_met then 1 else 0 end), 0) as met, count(*) as events
            from intermediate.int_service_events
            where client_id = $client and kpi = $kpi and counts_on between $first and $day
            """,
            client=client.client_id,
            kpi=kpi,
            first=asked.first_month,
            day=asked.day,
        )[0]
        for asked in (period, period.before(1))
    ]
    return Commitment(kpi, *(int(row[name]) for row in counted for name in ("met", "events")))


def service_of(release: Release, client: Client, period: Period) -> Service:
    """Response and resolution against the published severity matrix, e-mails, meeting requests, tickets, orders."""
    bound = {"client": client.client_id, "first": period.first_month, "day": period.day, "policy": POLICY}
    misses = read(
        release,
        f"""
        with missed as (
            select kpi, event_id, counts_on from intermediate.int_service_events
            where client_id = $client and not is_met and counts_on between $first and $day
        ),
        details as (
            select '{ESCALATION_RESPONSE}' as kpi, escalation_id as event_id, severity, opened_at,
                response_due_at as due_at, coalesce(responded_at, resolved_at) as done_at
            from marts.fct_escalations where client_id = $client and policy = $policy
            union all
            select '{ESCALATION_RESOLUTION}', escalation_id, severity, opened_at, resolution_due_at, resolved_at
            from marts.fct_escalations where client_id = $client and policy = $policy
            union all
            select case when kind = 'email' then '{EMAIL}' else '{MEETING_REQUEST}' end, communication_id, urgency,
                received_at, due_at, responded_at
            from intermediate.int_communications where client_id = $client
            union all
            select '{TICKET}', ticket_id, null, opened_at,
                opened_at + to_microseconds(cast(sla_response_hours * 3600000000 as bigint)), responded_at
            from staging.stg_support_tickets as tickets
            inner join intermediate.int_clients__by_account as links on links.account_id = tickets.account_id
            where links.client_id = $client and sla_response_hours < 876600
            union all
            select '{ORDER_FULFILMENT}', order_id, null, opened_on, due_on, filled_on
            from intermediate.int_orders where client_id = $client
        )
        select missed.kpi, missed.event_id as reference, details.severity, details.opened_at, details.due_at,
            details.done_at
        from missed
        left join details on details.kpi = missed.kpi and details.event_id = missed.event_id
        where missed.kpi in ({", ".join(f"'{kpi}'" for kpi in COMMITMENTS)})
        order by missed.counts_on, missed.kpi, missed.event_id
        """,
        **bound,
    )
    escalations = read(
        release,
        """
        select escalation_id as reference, severity, opened_at,
            response_hours / (epoch(response_due_at - opened_at) / 3600) as response_share,
            resolution_hours / (epoch(resolution_due_at - opened_at) / 3600) as resolution_share
        from marts.fct_escalations
        where client_id = $client and policy = $policy and opened_at >= $first
            and opened_at < cast($day as date) + 1
        order by opened_at, escalation_id
        """,
        **bound,
    )
    limits = read(
        release,
        """
        select severity, response_minutes / 60 as response_hours, resolution_minutes / 60 as resolution_hours
        from policy.sla_policies
        where policy = $policy and valid_from <= $day
        qualify row_number() over (partition by severity order by valid_from desc) = 1
        order by severity
        """,
        **bound,
    )
    day_end = dt.datetime.combine(period.day + dt.timedelta(days=1), dt.time())
    return Service(
        tuple(commitment_of(release, client, period, kpi) for kpi in COMMITMENTS),
        tuple(_miss(row, day_end) for row in misses),
        tuple(
            Escalation(
                clean(row["reference"]), row["severity"], row["opened_at"],
                _decimal(row["response_share"]), _decimal(row["resolution_share"]),
            )
            for row in escalations
        ),
        tuple(
            Limit(row["severity"], Decimal(str(row["response_hours"])), Decimal(str(row["resolution_hours"])))
            for row in limits
        ),
    )  # fmt: skip


def _miss(row: dict[str, Any], day_end: dt.datetime) -> Miss:
    """What happened after the period's day is not known yet in a review of the period."""
    done_at = row["done_at"] if row["done_at"] is not None and row["done_at"] < day_end else None
    severity = clean(row["severity"] or "") or None
    return Miss(row["kpi"], clean(row["reference"]), severity, row["opened_at"], row["due_at"], done_at)


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 8)))


def feedback_of(release: Release, client: Client, period: Period) -> Feedback:
    """The client's own answers: NPS by quarter and over 12 months, CSAT of the period and of the quarter before."""
    rows = read(
        release,
        """
        select survey_type, period_start as first_month, responses, promoters, passives, detractors, nps, is_too_few
        from marts.rpt_nps
        where segment = 'client' and segment_value = $client
            and ((survey_type = 'transactional' and period_kind = 'quarter')
                or (survey_type = 'relationship' and period_kind = 't12m'))
        """,
        client=client.client_id,
    )
    found = {(row.pop("survey_type"), row["first_month"]): Nps(**row) for row in rows}
    year = add_months(period.last_month, 1 - YEAR)
    csat, csat_responses = _csat(release, client, period)
    csat_before, responses_before = _csat(release, client, period.before(1))
    return Feedback(
        tuple((quarter, found.get(("transactional", quarter.first_month))) for quarter in period.back(QUARTERS_SHOWN)),
        found.get(("relationship", year)),
        found.get(("relationship", add_months(year, -YEAR))),
        csat, csat_responses, csat_before, responses_before,
    )  # fmt: skip


def _csat(release: Release, client: Client, period: Period) -> tuple[Decimal | None, int]:
    """The months' published means, weighted by their answers."""
    row = read(
        release,
        """
        select sum(csat_mean * responses) as points, coalesce(sum(responses), 0) as responses from marts.rpt_csat
        where segment = 'client' and segment_value = $client and month between $first and $last
        """,
        client=client.client_id,
        first=period.first_month,
        last=period.last_month,
    )[0]
    responses = int(row["responses"])
    return (Decimal(row["points"]) / responses if responses else None), responses
