"""One client's health on a day: measures, brackets, points, score, the cheapest ways up, and the rows behind it all.

The score is built again from the components and each measure from its rows; what differs from the mart is refused.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pipelines.explain.answer import Column, Group, Row, Section, Told, Unit
from pipelines.explain.bands import Band, Bracket, Component, band_of, cheapest_ways, next_band, plain, score_of
from pipelines.explain.entries import catalogue
from pipelines.explain.health_rows import EVIDENCE, Evidence
from pipelines.explain.listing import SOURCE_COLUMNS, added, require_same
from pipelines.explain.question import Scope
from pipelines.explain.reader import read
from pipelines.explain.service_relations import BANDS
from pipelines.serving.release import Release

TITLE = "Client health score (0-100)"
FORMULA = catalogue().entries["health_score"].formula
COMPONENTS = {
    "hiring": "Hiring velocity",
    "payment": "Payment promptness",
    "nps": "Satisfaction",
    "executive": "Executive engagement",
    "expansion": "Expansion pipeline",
    "issue": "Issue frequency",
}
UNITS = {
    "open_orders": "orders open",
    "hires_per_month": "hires a month",
    "days_to_pay": "days to payment",
    "flagged_invoices": "invoices in collections past due",
    "nps_mean": "mean score (0-10)",
    "sponsor_activities": "activities with the sponsor",
    "executive_activities": "activities with executives",
    "active_contacts": "different contacts",
    "open_expansion_cc": "open expansion pipeline",
    "open_expansions": "expansion opportunities open",
    "escalations": "escalations opened",
    "overdue_escalations": "escalations past their limit",
}
HEALTH = "select * from marts.fct_client_health where client_id = $client_id and as_of_on = $day"
POINTS = """
    select * from intermediate.int_health_components__by_client_and_day
    where client_id = $client_id and as_of_on = $day
"""
MEASURES = """
    select * from intermediate.int_health_measures__by_client_and_day
    where client_id = $client_id and as_of_on = $day
"""
RULES = """
    select minimum_coverage_rate from intermediate.int_scored_clients__by_day
    where client_id = $client_id and as_of_on = $day
"""


def _in_force(seed: str, *set_key: str) -> str:
    """A policy seed's rows on $day: of each set the newest that holds."""
    keys = "".join(f" and newer.{key} = policy.{key}" for key in set_key)
    return f"""
        select * from policy.{seed} as policy where valid_from = (
            select max(valid_from) from policy.{seed} as newer where newer.valid_from <= $day{keys}
        )
    """


def score(release: Release, scope: Scope) -> Told:
    """The client's score and sections `score`, `components`, `measures`, `ways` and one for each kind of row."""
    ask = {"client_id": scope.client_id, "day": scope.day}
    found = read(release, HEALTH, **ask)
    if not found:
        return Told(None, f"{scope.client_name} had no ARR at the end of {scope.month:%Y-%m}: it is not scored")
    health = found[0]
    measures = _in_order(read(release, MEASURES, **ask))
    points = _in_order(read(release, POINTS, **ask))
    bands = [
        Band(r["health_band"], None if r["minimum_score"] is None else int(r["minimum_score"]))
        for r in read(release, _in_force("health_bands"), **ask)
    ]
    least_coverage = read(release, RULES, **ask)[0]["minimum_coverage_rate"]
    _require_score(health, points, bands, least_coverage)
    components = _components(release, ask, points, measures)
    notes = [f"on {scope.day}: {health['health_band']}, " + _certainty(health)]
    return Told(
        None if health["health_score"] is None else Decimal(health["health_score"]),
        "nothing could be measured" if health["health_score"] is None else None,
        f"100 x {health['earned_points']} / {health['available_points']}",
        notes,
        [
            _score(health),
            _points(points, measures),
            _measures(measures),
            *_ways(health, components, bands, least_coverage, measures),
            *_evidence(release, ask, measures),
        ],
    )


def bands(release: Release, scope: Scope, totals: dict[str, Decimal]) -> list[Section]:
    """Section `bands` of many clients: clients, their share of those with a known band, and ARR of each band."""
    targets = {row["health_band"]: row for row in read(release, _in_force("health_targets"), day=scope.day)}
    known = totals["known_clients"]
    columns = [
        Column("health_band", "Band"),
        Column("clients", "Clients", Unit.COUNT),
        Column("share_rate", "Share of known", Unit.RATE),
        Column("target_rate", "Target", Unit.RATE),
        Column("comparison", "To be"),
        Column("arr_cc", "ARR", Unit.MONEY),
    ]
    rows = [
        {
            "health_band": band,
            "clients": int(totals[f"{band}_clients"]),
            "share_rate": totals[f"{band}_clients"] / known if known and band != "unknown" else None,
            **{key: targets[band][key] if band in targets else None for key in ("target_rate", "comparison")},
            "arr_cc": totals[f"{band}_arr_cc"],
        }
        for band in BANDS
    ]
    total = added(rows, ["clients", "arr_cc"])
    require_same("health_score, clients", total["clients"], int(totals["clients"]))
    require_same("health_score, ARR", total["arr_cc"], totals["arr_cc"])
    return [
        Section("bands", "Bands", columns, [Group([*map(Row, rows), Row({"health_band": "all", **total}, "total")])])
    ]


def _in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    components, measures = list(COMPONENTS), list(UNITS)
    return sorted(rows, key=lambda row: (components.index(row["component"]), measures.index(row["measure"])))


def _certainty(health: dict[str, Any]) -> str:
    low, high, coverage = health["score_low"], health["score_high"], health["coverage_rate"]
    sure = "certain" if health["is_band_certain"] else "not certain"
    return f"between {low} and {high} whatever is missing, {coverage * 100:.0f} % covered: the band is {sure}"


def _require_score(
    health: dict[str, Any], points: list[dict[str, Any]], bands: list[Band], least_coverage: Decimal
) -> None:
    """Builds the score again from the components. Raises RuntimeError where the mart says something else."""
    earned = sum(int(row["points"] or 0) for row in points)
    available = sum(int(row["available"]) for row in points)
    maximum = sum(int(row["maximum_points"]) for row in points)
    value = score_of(earned, available)
    low, high = score_of(earned, maximum), score_of(earned + maximum - available, maximum)
    is_known = value is not None and available >= least_coverage * maximum
    band = band_of(value, bands) if is_known and value is not None else "unknown"
    built = (earned, available, value, low, high, band)
    keys = ("earned_points", "available_points", "health_score", "score_low", "score_high", "health_band")
    require_same("health_score", built, tuple(health[key] for key in keys))


def _components(
    release: Release, ask: dict[str, Any], points: list[dict[str, Any]], measures: list[dict[str, Any]]
) -> list[Component]:
    combined = read(release, _in_force("health_components", "component"), **ask)
    highest = {row["component"] for row in combined if row["combination"] == "highest"}
    rubric = read(release, _in_force("health_rubric", "component", "measure"), **ask)
    return [
        Component(
            row["component"],
            int(row["maximum_points"]),
            row["component"] in highest,
            None if row["points"] is None else int(row["points"]),
            {m["measure"]: _whole(m["points"]) for m in measures if m["component"] == row["component"]},
            tuple(_bracket(r) for r in rubric if r["component"] == row["component"]),
            # A system that is not connected is nothing that a client or its account manager can do about.
            can_be_measured="not connected" not in (row["not_scored_reason"] or ""),
        )
        for row in points
    ]


def _whole(points: Any) -> int | None:
    return None if points is None else int(points)


def _bracket(row: dict[str, Any]) -> Bracket:
    return Bracket(
        row["measure"],
        row["lower_bound"],
        bool(row["is_lower_included"]),
        row["upper_bound"],
        bool(row["is_upper_included"]),
        int(row["points"]),
    )


def _score(health: dict[str, Any]) -> Section:
    columns = [
        Column("health_score", "Score", Unit.COUNT),
        Column("health_band", "Band"),
        Column("earned_points", "Earned", Unit.COUNT),
        Column("available_points", "Available", Unit.COUNT),
        Column("coverage_rate", "Coverage", Unit.RATE),
        Column("score_low", "At least", Unit.COUNT),
        Column("score_high", "At most", Unit.COUNT),
        Column("is_band_certain", "Band certain", tells=True),
    ]
    return Section("score", "Score and bounds", columns, [Group([Row(health)])])


def _points(points: list[dict[str, Any]], measures: list[dict[str, Any]]) -> Section:
    of = {row["measure"]: row for row in measures}
    columns = [
        Column("component", "Component", in_terminal=False),
        Column("label", "Component"),
        Column("measure", "Decided by", in_terminal=False),
        Column("value", "Value", Unit.SCORE),
        Column("unit", "Unit"),
        Column("bracket", "Bracket"),
        Column("points", "Points", Unit.COUNT),
        Column("available", "Available", Unit.COUNT),
        Column("maximum_points", "Most", Unit.COUNT),
        Column("not_scored_reason", "Not scored because"),
    ]
    rows = [
        Row(
            {
                **row,
                "label": COMPONENTS[row["component"]],
                "unit": UNITS[row["measure"]],
                "bracket": _bracket(of[row["measure"]]).text if row["points"] is not None else None,
            }
        )
        for row in points
    ]
    total = {"label": "All", **added(points, ["points", "available", "maximum_points"])}
    return Section("components", "What it is made of", columns, [Group([*rows, Row(total, "total")])])


def _measures(measures: list[dict[str, Any]]) -> Section:
    columns = [
        Column("component", "Component", in_terminal=False),
        Column("label", "Component"),
        Column("measure", "Measure", in_terminal=False),
        Column("unit", "Measure"),
        Column("numerator", "Sum", Unit.NUMBER),
        Column("denominator", "Divided by", Unit.NUMBER),
        Column("value", "Value", Unit.SCORE),
        Column("bracket", "Bracket"),
        Column("points", "Points", Unit.COUNT),
    ]
    rows = [
        Row(
            {
                **row,
                "label": COMPONENTS[row["component"]],
                "unit": UNITS[row["measure"]],
                "bracket": _bracket(row).text if row["points"] is not None else None,
            }
        )
        for row in measures
    ]
    return Section("measures", "Every measure and its bracket", columns, [Group(rows)])


def _ways(
    health: dict[str, Any],
    components: list[Component],
    bands: list[Band],
    least_coverage: Decimal,
    measures: list[dict[str, Any]],
) -> list[Section]:
    aim = next_band(health["health_score"], health["health_band"], bands)
    if aim is None:
        return []
    values = {row["measure"]: row["value"] for row in measures}
    columns = [
        Column("way", "Way", Unit.COUNT),
        Column("component", "Component", in_terminal=False),
        Column("label", "Lift"),
        Column("points_now", "From", Unit.COUNT),
        Column("points_then", "To points", Unit.COUNT),
        Column("needs", "Needed"),
        Column("score_then", "Then scores", Unit.COUNT),
        Column("band_then", "Band"),
    ]
    rows = [
        Row(
            {
                "way": place,
                "component": lift.component.name,
                "label": COMPONENTS[lift.component.name],
                "points_now": lift.component.points,
                "points_then": lift.points,
                "needs": "; ".join(_need(bracket, values[bracket.measure]) for bracket in lift.needs),
                "score_then": way.score,
                "band_then": way.band,
            }
        )
        for place, way in enumerate(cheapest_ways(components, bands, aim, least_coverage), start=1)
        for lift in way.lifts
    ]
    title = f"The cheapest ways to {aim.name}" + (f" (score {aim.minimum})" if aim.minimum is not None else "")
    return [Section("ways", title, columns, [Group(rows)])]


def _need(bracket: Bracket, value: Decimal | None) -> str:
    now = "not measured" if value is None else f"now {plain(round(value, 2))}"
    return f"{UNITS[bracket.measure]} {bracket.text} ({now})"


def _evidence(release: Release, ask: dict[str, Any], measures: list[dict[str, Any]]) -> list[Section]:
    of = {row["measure"]: row for row in measures}
    sections = []
    for evidence in EVIDENCE:
        rows = read(release, evidence.sql, **ask)
        _require_measures(evidence, rows, of)
        if not rows:
            continue
        sums = [*evidence.measures, *(weight for _, weight in evidence.weights)]
        first = evidence.columns[0].key
        total = Row({first: "All", **added(rows, sums)}, "total")
        columns = [*evidence.columns, *SOURCE_COLUMNS]
        sections.append(Section(evidence.name, evidence.title, columns, [Group([*map(Row, rows), total])]))
    return sections


def _require_measures(evidence: Evidence, rows: list[dict[str, Any]], of: dict[str, dict[str, Any]]) -> None:
    """Rows must add up to their measure, where it was measured at all."""
    weights = dict(evidence.weights)
    for measure in evidence.measures:
        above = of[measure]
        if above["numerator"] is None:
            continue
        require_same(f"health_score, {measure}", added(rows, [measure])[measure], above["numerator"])
        if measure in weights:
            weight = weights[measure]
            require_same(f"health_score, weights of {measure}", added(rows, [weight])[weight], above["denominator"])
