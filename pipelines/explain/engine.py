"""Answers a question: the number, its parts, the clients that made it, and one client's lines.

Every level is read from the release and must add up to the one above; where one does not, there is no answer but a
failure, because a wrong explanation is worse than none.
"""

import datetime as dt
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipelines.explain import arr, causes, events, health, pipeline, revenue, scorecard
from pipelines.explain.answer import Column, Explanation, Group, Row, Section, Told, Unit, Value
from pipelines.explain.metric import Metric, Ratio
from pipelines.explain.question import Question, Scope, scope_of
from pipelines.explain.reader import read
from pipelines.explain.relations import Part
from pipelines.serving.release import Release

NOTHING = Decimal("0.00")
RATIO_UNIT = Decimal("0.00000001")  # ratios are rounded to 8 decimals, as in the marts
PRODUCT_TOLERANCE = Decimal("0.00000002")  # a product of doubles has no exact order
DECIMALS = {Unit.NUMBER: 6}  # scores may have decimals that money has not
EFFECT = Column("effect_pp", "Effect", Unit.POINTS)

Totals = dict[str, Decimal]


def explain(release: Release, question: Question) -> Explanation:
    """Takes a number apart. Raises UserError where the release does not have what was asked for.

    The release must be open for one who sees all: of rows of some clients no number adds up (`rights.explain_for`).
    """
    if not release.principal.sees_all_clients:
        raise ValueError(f"an explanation reads the whole release, not what {release.principal.name} sees of it")
    scope = scope_of(release, question)
    metric = scope.metric
    if metric.only_segment and scope.segment != metric.only_segment:
        of_segment = {"am": "account managers"}.get(metric.only_segment, metric.only_segment)
        reason = f"it exists for {of_segment} only; add --segment {metric.only_segment} --value ID"
        return _answer(scope, Told(None, reason))
    if metric.scores_clients and scope.client_id:
        return replace(
            _answer(scope, health.score(release, scope)),
            title=health.TITLE,
            formula=health.FORMULA,
            unit=Unit.COUNT,
            segment="client",
            segment_value=scope.client_id,
            segment_label=scope.client_name or scope.client_id,
        )
    return _answer(scope, VIEWS[metric.view](release, scope))


def _from_contributions(release: Release, scope: Scope) -> Told:
    metric = scope.metric
    clients = _contributions(release, scope)
    of_clients = [part.name for part in metric.relation.parts if not part.is_fixed]
    totals = {name: sum((row[name] for row in clients), NOTHING) for name in of_clients} | _fixed(release, scope)
    months = _monthly(release, scope) if metric.monthly else []
    value = _value(metric, totals, months, scope.window)
    _require_tie(release, scope, value, totals)
    sections = [_parts(metric, totals)]
    if metric.monthly:
        sections.append(_months_section(release, scope, months))
    sections.append(_clients(scope, clients, totals, value))
    if metric.detail in DETAILS:
        sections += DETAILS[metric.detail](release, scope, totals)
    elif scope.client_id:
        sections += _client_sections(release, scope)
    return Told(
        value.to_integral_value() if value is not None and metric.unit is Unit.COUNT else value,
        None if value is not None else metric.nothing,
        _calculation(metric, totals) if value is not None else None,
        _notes(scope, clients),
        sections,
    )


VIEWS = {"contributions": _from_contributions, "kpis": scorecard.kpi_attainment, "scorecard": scorecard.scorecard}
DETAILS = {
    "bands": health.bands,
    "events": events.counted,
    "responses": events.responses,
    "opportunities": pipeline.opportunities,
    "contracts": pipeline.contracts,
}


def rounded_ratio(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """The quotient with 8 decimals, half away from zero; None where the denominator is 0."""
    return (numerator / denominator).quantize(RATIO_UNIT, ROUND_HALF_UP) if denominator else None


def _contributions(release: Release, scope: Scope) -> list[dict[str, Any]]:
    relation = scope.metric.relation
    attributes = "".join(f", max(made.{name}) as {name}" for name, _ in relation.attributes)
    sums = "".join(
        f", cast(coalesce(sum(made.{part.name}), 0) as decimal(38, {DECIMALS.get(part.unit, 2)})) as {part.name}"
        for part in relation.parts
        if not part.is_fixed
    )
    # The segment is one of a fixed list of columns; its value is bound.
    return read(
        release,
        f"""
        select made.client_id, max(clients.client_name) as client_name{attributes}{sums}
        from ({relation.sql}) as made
        left join ({relation.names}) as clients on clients.client_id = made.client_id
        where made.{scope.segment} = $segment_value
        group by made.client_id
        order by made.client_id
        """,
        **scope.parameters,
    )


def _fixed(release: Release, scope: Scope) -> Totals:
    """The parts that belong to the segment as a whole; 0 where nobody set them."""
    if scope.metric.relation.fixed is None:
        return {}
    rows = read(release, scope.metric.relation.fixed, **scope.parameters)
    names = [part.name for part in scope.metric.relation.parts if part.is_fixed]
    return {name: (rows[0][name] if rows else None) or NOTHING for name in names}


def _monthly(release: Release, scope: Scope, only_client: bool = False) -> list[dict[str, Any]]:
    of_client = "and made.client_id = $client_id" if only_client else ""
    return read(
        release,
        f"""
        select made.month, sum(made.start_arr_cc) as start_arr_cc, sum(made.end_arr_cc) as end_arr_cc
        from ({scope.metric.relation.sql}) as made
        where made.{scope.segment} = $segment_value {of_client}
        group by made.month
        order by made.month
        """,
        **scope.parameters,
    )


def _signed(ratio: Ratio, amounts: dict[str, Any]) -> Decimal:
    return sum((amounts[term[1:]] if term[0] == "+" else -amounts[term[1:]] for term in ratio.numerator), Decimal(0))


def _value(metric: Metric, totals: Totals, months: list[dict[str, Any]], window: int | None) -> Decimal | None:
    if metric.total:
        return totals[metric.total]
    if metric.monthly:
        if len(months) < (window or 0):
            return None
        product = Decimal(1)
        for month in months:
            product *= _signed(metric.monthly, month) / month[metric.monthly.denominator]
        return product.quantize(RATIO_UNIT, ROUND_HALF_UP)
    values = [rounded_ratio(ratio.scale * _signed(ratio, totals), totals[ratio.denominator]) for ratio in metric.ratios]
    if None in values:
        return None
    first, *others = (value for value in values if value is not None)
    return 100 * (first - sum(others)) if others else first


def _require_tie(release: Release, scope: Scope, value: Decimal | None, totals: Totals) -> None:
    """The clients must give the number that is published, where one is published for the segment."""
    metric = scope.metric
    if metric.relation.published is None:
        return
    rows = read(release, metric.relation.published, **scope.parameters)
    if not rows:
        return
    names = [name for name in (metric.total, metric.name, "value") if name in rows[0]]
    published = rows[0].get(names[0]) if names else None
    tolerance = PRODUCT_TOLERANCE if metric.monthly else Decimal(0)
    is_same = published == value or (
        published is not None and value is not None and abs(published - value) <= tolerance
    )
    if not is_same:
        raise RuntimeError(f"{metric.name}: its clients give {value}, published is {published}")


def _parts(metric: Metric, totals: Totals) -> Section:
    own = list(metric.shown)
    parts = sorted(metric.relation.parts, key=lambda part: own.index(part.name) if part.name in own else len(own))
    rows = [
        Row(
            {
                "part": part.name,
                "label": part.label,
                "role": _role(metric, part),
                "value": _plain(part, totals[part.name]),
            }
        )
        for part in parts
    ]
    columns = [
        Column("part", "Part", in_terminal=False),
        Column("label", "Part"),
        Column("role", "In the formula"),
        Column("value", "Value", Unit.NUMBER),
    ]
    return Section("parts", "What it is made of", columns, [Group(rows)])


def _role(metric: Metric, part: Part) -> str:
    if metric.total:
        return "the number" if part.name == metric.total else ""
    ratios = (metric.monthly,) if metric.monthly else metric.ratios
    if len(ratios) > 1:
        return "in it" if any(part.name in (r.denominator, *(t[1:] for t in r.numerator)) for r in ratios) else ""
    above = [term[0] for ratio in ratios for term in ratio.numerator if term[1:] == part.name]
    below = any(ratio.denominator == part.name for ratio in ratios)
    sign = {"+": "added", "-": "taken off"}
    words = [sign[above[0]]] if above else []
    return ", ".join([*words, *(["divides"] if below else [])])


def _plain(part: Part, value: Decimal) -> Value:
    return int(value) if part.unit is Unit.COUNT else value


def _effects(metric: Metric, clients: list[dict[str, Any]], totals: Totals, value: Decimal | None) -> list[Decimal]:
    """What each client moves the number by, in percentage points; the largest takes the rounding rest."""
    if value is None or not metric.ratios or not metric.has_effects:
        return []
    effects = [
        sum(
            (
                (-1 if place else 1)
                * (_signed(ratio, row) - (ratio.baseline * row[ratio.denominator] if ratio.baseline else 0))
                / totals[ratio.denominator]
                for place, ratio in enumerate(metric.ratios)
            ),
            Decimal(0),
        ).quantize(RATIO_UNIT, ROUND_HALF_UP)
        * 100
        for row in clients
    ]
    first = metric.ratios[0]
    target = value if len(metric.ratios) > 1 else 100 * (value / first.scale - first.baseline)
    if effects:
        largest = max(range(len(effects)), key=lambda place: abs(effects[place]))
        effects[largest] += target - sum(effects, Decimal(0))
    return effects


def _clients(scope: Scope, clients: list[dict[str, Any]], totals: Totals, value: Decimal | None) -> Section:
    metric = scope.metric
    by_name = {part.name: part for part in metric.relation.parts}
    shown = [by_name[name] for name in metric.shown]
    effects = _effects(metric, clients, totals, value)
    rows = [
        {
            **row,
            **{part.name: _plain(part, row[part.name]) for part in shown},
            **({"effect_pp": effects[at]} if effects else {}),
        }
        for at, row in enumerate(clients)
    ]
    # A sum lists who has a share in it; a ratio lists its whole cohort.
    is_sum = metric.total or metric.relation.fixed
    rows = [row for row in rows if not is_sum or any(row[part.name] for part in shown)]
    rows.sort(
        key=lambda row: (-_size(metric, row), -abs(row[shown[0].name]), -abs(row[shown[-1].name]), row["client_id"])
    )
    listed = [row for row in rows if scope.client_id in (None, row["client_id"])][: scope.top]
    keys = [part.name for part in shown] + (["effect_pp"] if effects else [])
    group = Group([Row(row) for row in listed])
    if others := [row for row in rows if row not in listed]:
        name = f"{len(others):,} other {metric.relation.who.lower()}" + ("" if len(others) == 1 else "s")
        group.rows.append(Row({"client_name": name, **_sums(others, keys)}, "rest"))
    group.rows.append(Row({"client_name": "All", **_sums(rows, keys)}, "total"))
    columns = [Column("client_id", metric.relation.who, Unit.ID), Column("client_name", "Name")]
    columns += [Column(name, label) for name, label in metric.relation.attributes]
    columns += [Column(part.name, part.heading, part.unit) for part in shown] + ([EFFECT] if effects else [])
    return Section("clients", "Who made it", columns, [group])


def _size(metric: Metric, row: dict[str, Any]) -> Decimal:
    if metric.total:
        return abs(row[metric.total])
    if metric.monthly:
        return abs(_signed(metric.monthly, row) - row[metric.monthly.denominator])
    return abs(row.get("effect_pp", Decimal(0)))


def _sums(rows: list[dict[str, Any]], keys: list[str]) -> dict[str, Value]:
    return {key: sum((row[key] for row in rows[1:]), rows[0][key]) if rows else NOTHING for key in keys}


def _months_section(release: Release, scope: Scope, months: list[dict[str, Any]]) -> Section:
    columns = [
        Column("month", "Month", Unit.MONTH),
        Column("start_arr_cc", "ARR at its start", Unit.MONEY),
        Column("end_arr_cc", "ARR at its end", Unit.MONEY),
        Column("kept_rate", "End / start", Unit.RATE),
    ]
    groups = [Group([_factor(month) for month in months], heading=scope.segment_label)]
    if scope.client_id:
        own = _monthly(release, scope, only_client=True)
        groups.append(Group([_factor(month) for month in own], heading=scope.client_id))
    return Section("months", "One factor a month", columns, groups)


def _factor(month: dict[str, Any]) -> Row:
    return Row({**month, "kept_rate": rounded_ratio(month["end_arr_cc"], month["start_arr_cc"])})


def _client_sections(release: Release, scope: Scope) -> list[Section]:
    assert scope.client_id is not None
    metric, client_id = scope.metric, scope.client_id
    ends = [scope.start_month, scope.month] if metric.has_start else [scope.month]
    if metric.monthly and (own := _monthly(release, scope, only_client=True)):
        ends = [_before(own[0]["month"]), own[-1]["month"]]
    if metric.detail == "revenue":
        return revenue.recognised(release, client_id, scope.month, scope.month)
    if metric.detail == "tier":
        return causes.annual_revenue(release, client_id, scope.month)
    sections = arr.at_month_ends(release, client_id, ends)
    return (
        [*causes.expansion_parts(release, client_id, scope.month), *sections]
        if metric.detail == "expansion"
        else sections
    )


def _before(month: dt.date) -> dt.date:
    return (month - dt.timedelta(days=1)).replace(day=1)


def _notes(scope: Scope, clients: list[dict[str, Any]]) -> list[str]:
    if scope.client_id is None or any(row["client_id"] == scope.client_id for row in clients):
        return []
    return [f"{scope.client_name} ({scope.client_id}) has no part in this number; below is what stands behind it."]


def _answer(scope: Scope, told: Told) -> Explanation:
    metric = scope.metric
    return Explanation(
        metric=metric.name,
        title=metric.title,
        unit=metric.unit,
        formula=metric.formula,
        table=metric.table,
        month=scope.month,
        window_months=scope.window,
        segment=scope.segment,
        segment_value=scope.segment_value,
        segment_label=scope.segment_label,
        client_id=scope.client_id,
        reporting_currency=scope.reporting_currency,
        as_of_on=scope.as_of_on,
        value=told.value,
        reason=told.reason,
        calculation=told.calculation,
        notes=told.notes,
        sections=told.sections,
    )


def _calculation(metric: Metric, totals: Totals) -> str | None:
    """The formula with the numbers in it."""
    if not metric.ratios:
        return None
    return " - ".join(_fraction(metric, ratio, totals) for ratio in metric.ratios)


def _fraction(metric: Metric, ratio: Ratio, totals: Totals) -> str:
    units = {part.name: part.unit for part in metric.relation.parts}

    def shown(name: str) -> str:
        return f"{totals[name]:,.0f}" if units[name] is Unit.COUNT else f"{totals[name]:,.2f}"

    terms = " ".join(f"{term[0]} {shown(term[1:])}" for term in ratio.numerator).removeprefix("+ ")
    above = f"({terms})" if len(ratio.numerator) > 1 else terms
    above = f"{ratio.scale} x {above}" if ratio.scale != 1 else above
    return f"{above} / {shown(ratio.denominator)}"
