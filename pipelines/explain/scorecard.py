"""An account manager's scorecard metric by metric, and the KPIs behind a KPI attainment; each says where to go on."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipelines.explain.answer import Column, Group, Row, Section, Told, Unit
from pipelines.explain.bands import plain
from pipelines.explain.listing import added, nearly, require_same
from pipelines.explain.question import Scope
from pipelines.explain.reader import read
from pipelines.serving.release import Release

MILLIONTH = Decimal("0.000001")
RATIO_UNIT = Decimal("0.00000001")
SCORES = "select * from marts.rpt_scorecard_ratings where month = $month and am_id = $segment_value"
METRICS = """
    select * from marts.rpt_scorecard where month = $month and am_id = $segment_value order by weight desc, metric
"""
RATINGS = """
    select rating, minimum_score from policy.scorecard_ratings as ratings
    where valid_from = (select max(valid_from) from policy.scorecard_ratings where valid_from <= $day)
    order by minimum_score desc
"""
# The published rows that an actual is made of: `quarter` for the NPS, months for KPIs, the 12 months of retention.
BEHIND = """
    with asked as (select date_trunc('quarter', cast($month as date) + interval 1 month) - interval 3 month as quarter)
    select 'nrr_cc' as metric, month, end_arr_cc as numerator, start_arr_cc as denominator
    from marts.rpt_retention
    where month = $month and segment = 'am' and segment_value = $segment_value and window_months = 12
    union all
    select 'expansion_rate', month, expansion_cc, start_arr_cc
    from marts.rpt_retention
    where month = $month and segment = 'am' and segment_value = $segment_value and window_months = 12
    union all
    select 'nps', cast(nps.period_start + interval 2 month as date), 100 * (nps.promoters - nps.detractors),
        nps.responses
    from marts.rpt_nps as nps, asked
    where nps.period_kind = 'quarter' and nps.segment = 'am' and nps.segment_value = $segment_value
        and nps.survey_type = 'transactional' and nps.responses > 0
        and nps.period_start <= asked.quarter and nps.period_start > asked.quarter - interval 12 month
    union all
    select kpis.kpi, kpis.month, kpis.numerator, kpis.denominator
    from marts.rpt_kpis as kpis, asked
    where kpis.am_id = $segment_value and (
        (kpis.kpi = 'green_rate' and kpis.month = $month)
        or (kpis.kpi = 'escalation_resolution_rate' and kpis.month <= $month
            and kpis.month >= cast($month as date) - interval 2 month)
        or (kpis.kpi = 'qbr_completion_rate' and kpis.month >= asked.quarter
            and kpis.month <= asked.quarter + interval 2 month)
    )
    order by 1, 2
"""
KPIS = """
    select * from marts.rpt_kpis
    where month = $month and target is not null and kpi <> $metric
        and am_id = case when $segment = 'company' then 'company' else $segment_value end
    order by is_met, kpi
"""


def scorecard(release: Release, scope: Scope) -> Told:
    """Sections `rating`, `metrics` (adding up to the score) and `deeper`: what the actuals are made of."""
    found = read(release, SCORES, **scope.parameters)
    if not found:
        return Told(None, scope.metric.nothing)
    rating = found[0]
    metrics = read(release, METRICS, **scope.parameters)
    measured = [row for row in metrics if row["points"] is not None]
    weights, points = added(measured, ["weight"])["weight"], added(measured, ["points"])["points"]
    score = (points / weights).quantize(MILLIONTH, ROUND_HALF_UP) if weights else None
    require_same("scorecard_score", score, rating["score"])
    require_same("scorecard_score, coverage", weights, rating["coverage_rate"])
    for row in measured:
        require_same(f"scorecard_score, {row['metric']}", row["attainment"] * row["weight"], row["points"], nearly)
    behind = read(release, BEHIND, **scope.parameters)
    for row in metrics:
        require_same(
            f"scorecard_score, actual of {row['metric']}", _actual(row["metric"], behind), row["actual"], nearly
        )
    limits = ", ".join(
        f"{r['rating']} from {plain(r['minimum_score'])}" for r in read(release, RATINGS, **scope.parameters)
    )
    notes = [f"rated {rating['rating']} ({limits}); {weights * 100:.0f} % of the weights could be measured"]
    sections = [_rating(rating), _metrics(metrics, weights, points), _deeper(scope, metrics, behind)]
    return Told(score, None, f"{points:.6f} / {weights:.2f}", notes, sections)


def _actual(metric: str, behind: list[dict[str, Any]]) -> Decimal | None:
    """An actual from the rows behind it: the mean of the quarters' NPS, else the sum over the sum."""
    rows = [row for row in behind if row["metric"] == metric]
    if metric == "nps":
        return sum((_quotient(row) for row in rows), Decimal(0)) / len(rows) if rows else None
    total = added(rows, ["numerator", "denominator"])
    return total["numerator"] / total["denominator"] if total["denominator"] else None


def _quotient(row: dict[str, Any]) -> Decimal:
    return Decimal(row["numerator"]) / Decimal(row["denominator"])


def _rating(rating: dict[str, Any]) -> Section:
    columns = [
        Column("score", "Score", Unit.SCORE),
        Column("rating", "Rating"),
        Column("coverage_rate", "Weights measured", Unit.RATE),
        Column("is_meets_or_better", "Meets or better"),
    ]
    return Section("rating", "Rating", columns, [Group([Row(rating)])])


def _metrics(metrics: list[dict[str, Any]], weights: Decimal, points: Decimal) -> Section:
    columns = [
        Column("metric", "Metric"),
        Column("actual", "Actual", Unit.SCORE),
        Column("target", "Target", Unit.SCORE),
        Column("attainment", "Attainment", Unit.RATE),
        Column("weight", "Weight", Unit.RATE),
        Column("points", "Points", Unit.SCORE),
    ]
    rows = [Row(metric) for metric in metrics]
    if rest := weights - added(metrics, ["weight"])["weight"]:
        rows.append(Row({"metric": "not measured, left out", "weight": rest}, "rest"))
    rows.append(Row({"metric": "Measured", "weight": weights, "points": points}, "total"))
    return Section("metrics", "What it is made of", columns, [Group(rows)])


def _deeper(scope: Scope, metrics: list[dict[str, Any]], behind: list[dict[str, Any]]) -> Section:
    columns = [
        Column("metric", "Metric"),
        Column("month", "Month", Unit.MONTH),
        Column("numerator", "Above", Unit.NUMBER),
        Column("denominator", "Below", Unit.NUMBER),
        Column("value", "Value", Unit.SCORE),
        Column("command", "Goes deeper", Unit.ID, in_terminal=False),
    ]
    groups = []
    for metric in (row["metric"] for row in metrics):
        rows = [{**row, "value": _value(row)} for row in behind if row["metric"] == metric]
        commands = [command(scope, row) for row in rows]
        told = [Row({**row, "command": text}) for row, text in zip(rows, commands, strict=True)]
        if rows:
            groups.append(Group(told, note=commands[-1] + (" (or an earlier month)" if len(rows) > 1 else "")))
    return Section("deeper", "What the actuals are made of, and how to go deeper", columns, groups)


def _value(row: dict[str, Any]) -> Decimal | None:
    return _quotient(row).quantize(RATIO_UNIT, ROUND_HALF_UP) if row["denominator"] else None


def command(scope: Scope, row: dict[str, Any]) -> str:
    """The command that takes one of these rows apart."""
    window = " --window 3" if row["metric"] == "nps" else ""
    whose = "" if scope.segment == "company" else f" --segment {scope.segment} --value {scope.segment_value}"
    return f"tenure explain {row['metric']} --month {row['month']:%Y-%m}{window}{whose}"


def kpi_attainment(release: Release, scope: Scope) -> Told:
    """Section `kpis`: every KPI with a target that was measured, the missed ones first."""
    kpis = read(release, KPIS, **scope.parameters)
    met = sum(row["is_met"] for row in kpis)
    value = (Decimal(met) / len(kpis)).quantize(RATIO_UNIT, ROUND_HALF_UP) if kpis else None
    published = read(release, scope.metric.relation.published or "", **scope.parameters)
    require_same("kpi_attainment_rate", value, published[0]["value"] if published else None)
    columns = [
        Column("kpi", "KPI"),
        Column("numerator", "Above", Unit.NUMBER),
        Column("denominator", "Below", Unit.NUMBER),
        Column("value", "Value", Unit.SCORE),
        Column("target", "Target", Unit.SCORE),
        Column("is_met", "Met"),
        Column("command", "Goes deeper", Unit.ID, in_terminal=False),
    ]
    rows = [Row({**row, "command": command(scope, {**row, "metric": row["kpi"]})}) for row in kpis]
    note = command(scope, {"metric": "KPI", "month": scope.month})
    section = Section("kpis", "KPIs with a target", columns, [Group(rows, note=f"{note} goes deeper")])
    reason = scope.metric.nothing if value is None else None
    return Told(value, reason, f"{met} / {len(kpis)}" if kpis else None, sections=[section] if kpis else [])
