"""The rows that a KPI or an NPS counted, each with the file and line that it came from where a line sent it.

Answers are told by client, day and score; who gave them and what they wrote is nobody's business here.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipelines.explain.answer import Column, Group, Row, Section, Unit, Value
from pipelines.explain.listing import CLIENT_COLUMNS, SOURCE_COLUMNS, added, listed, nearly, require_same
from pipelines.explain.question import Scope
from pipelines.explain.reader import read
from pipelines.serving.release import Release

# Which staged table sent the events of an entity, and its key. QBRs, touchpoints, bands and plans are computed.
SOURCES = {
    "action_items": ("stg_action_items", "item_id"),
    "activities": ("stg_activities", "activity_id"),
    "communications": ("stg_communications", "communication_id"),
    "csat_responses": ("stg_csat_responses", "response_id"),
    "escalations": ("stg_escalations", "escalation_id"),
    "job_orders": ("stg_job_orders", "order_id"),
    "programme_tasks": ("stg_programme_tasks", "task_id"),
    "projects": ("stg_projects", "project_id"),
    "recruiter_feedback": ("stg_recruiter_feedback", "response_id"),
    "support_tickets": ("stg_support_tickets", "ticket_id"),
}
NO_SOURCE = "select null as event_id, null as file_name, null as line_number where false"
ENTITY = "select any_value(entity) as entity from intermediate.int_kpi_events where kpi = $metric"
DECIMALS = Decimal("0.00000001")


def of_segment(release: Release, scope: Scope, columns: str, joins: str, order: str) -> list[dict[str, Any]]:
    """The single rows of the metric's relation in the segment, `made`, with further columns."""
    # Only text of this package is put together here; what was asked is bound.
    return read(
        release,
        f"""
        select made.*, names.client_name, {columns}
        from ({scope.metric.relation.sql}) as made
        left join ({scope.metric.relation.names}) as names on names.client_id = made.client_id
        {joins}
        where made.{scope.segment} = $segment_value
        order by {order}
        """,
        **scope.parameters,
    )


def counted(release: Release, scope: Scope, totals: dict[str, Decimal]) -> list[Section]:
    """Section `events`: what missed first. A computed event (a QBR due, a band) has no file of its own."""
    entity = read(release, ENTITY, metric=scope.metric.name)[0]["entity"]
    source = NO_SOURCE
    if entity in SOURCES:
        table, key = SOURCES[entity]
        source = f"select {key} as event_id, _file_name as file_name, _line_number as line_number from staging.{table}"
    rows = of_segment(
        release,
        scope,
        "sources.file_name, sources.line_number",
        f"left join ({source}) as sources on sources.event_id = made.event_id",
        "made.numerator, made.counts_on, made.event_id",
    )
    above, below = scope.metric.relation.parts
    for part in (above, below):
        require_same(f"{scope.metric.name}, {part.label}", added(rows, [part.name])[part.name], totals[part.name])
    rows = [{**row, "is_met": row["numerator"] > 0 if above.unit is Unit.COUNT else None} for row in rows]
    columns = [
        Column("client_id", scope.metric.relation.who, Unit.ID),
        Column("client_name", "Name"),
        Column("entity", "Kind", in_terminal=False),
        Column("event_id", "Event", Unit.ID),
        Column("counts_on", "Counts on", Unit.DATE),
        Column("is_met", "Is met", in_terminal=False),
        Column("numerator", above.label, above.unit),
        Column("denominator", below.label, below.unit),
        *SOURCE_COLUMNS,
    ]
    return [listed("events", "The rows that were counted", columns, rows, ("numerator", "denominator"), scope)]


def responses(release: Release, scope: Scope, totals: dict[str, Decimal]) -> list[Section]:
    """Sections `interval` and `responses` of an NPS: how sure it is, and each respondent's latest answer."""
    rows = of_segment(
        release,
        scope,
        "sources._file_name as file_name, sources._line_number as line_number",
        "left join intermediate.int_nps_responses as sources on sources.response_id = made.response_id",
        "made.score, made.responded_on, made.response_id",
    )
    require_same("nps, responses", len(rows), int(totals["responses"]))
    columns = [
        *CLIENT_COLUMNS,
        Column("responded_on", "On", Unit.DATE),
        Column("score", "Score", Unit.COUNT),
        Column("answer_kind", "Counts as"),
        Column("responses", "Respondents", Unit.COUNT),
        *SOURCE_COLUMNS,
    ]
    section = listed("responses", "Each respondent's latest answer", columns, rows, ("responses",), scope)
    return [_interval(release, scope, totals), section]


def _interval(release: Release, scope: Scope, totals: dict[str, Decimal]) -> Section:
    low, high = interval(int(totals["promoters"]), int(totals["detractors"]), int(totals["responses"]))
    published = read(release, scope.metric.relation.published or "", **scope.parameters)
    row: dict[str, Value] = {"responses": int(totals["responses"]), "nps_low": low, "nps_high": high, "nps_band": None}
    if published:
        for name, end in (("nps_low", low), ("nps_high", high)):
            # The mart takes the root of a double; the eighth decimal is not worth a refusal.
            require_same(f"nps, {name}", end, published[0][name], _is_same_end)
        row |= {name: published[0][name] for name in ("nps_low", "nps_high", "nps_band", "is_too_few")}
    columns = [
        Column("responses", "Respondents", Unit.COUNT),
        Column("nps_low", "From", Unit.SCORE),
        Column("nps_high", "To", Unit.SCORE),
        Column("nps_band", "Band"),
        Column("is_too_few", "Too few", tells=True),
    ]
    return Section("interval", "How sure it is (95 % interval)", columns, [Group([Row(row)])])


def interval(promoters: int, detractors: int, responses: int) -> tuple[Decimal | None, Decimal | None]:
    """nps +- 196 x sqrt((p + d - (p - d)^2) / n), within -100..100; nothing where all answers are of one kind."""
    if not responses or responses in (promoters, detractors, responses - promoters - detractors):
        return None, None
    n, net = Decimal(responses), Decimal(promoters - detractors)
    nps = 100 * net / n
    half = 196 * ((n * (promoters + detractors) - net * net) / (n * n * n)).sqrt()
    low, high = (end.quantize(DECIMALS, ROUND_HALF_UP) for end in (nps - half, nps + half))
    return max(low, Decimal(-100)), min(high, Decimal(100))


def _is_same_end(below: Decimal | None, above: Decimal | None) -> bool:
    return nearly(below, above) or (
        below is not None and above is not None and abs(below - above) <= Decimal("0.000001")
    )
