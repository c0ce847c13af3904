"""A client's health: what each component brings, what would lift it into the next band, and how it got here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.level import Point, level_line
from pipelines.dashboards.figures.points import Part, points_bars
from pipelines.dashboards.pages.client_rows import ClientRows
from pipelines.dashboards.pages.client_way import ITS_COUNT, MONEY_MEASURE, Way, measured, points_with, way_up
from pipelines.dashboards.pages.overview_clients_rows import COMPONENTS
from pipelines.dashboards.pages.view import Panel, Table, number, text

TREND_MONTHS = 24
NAMES = {name: words for name, _, words in COMPONENTS}


def health_panels(rows: ClientRows) -> tuple[Panel, ...]:
    """The breakdown, the way up, and the score over two years."""
    health = rows.latest_health
    if health is None or health["health_score"] is None:
        why = (
            f"Only clients with ARR at the end of {wording.month(rows.month)} are scored."
            if health is None
            else "No component of the score could be measured."
        )
        return (Panel("health", "Its health is not scored.", "Health score", empty=why, span=12, section="Health"),)
    way = way_up(health, rows.rules.components, rows.rules.rubric, rows.rules.bands)
    return _breakdown(rows, health), _way_panel(way, health), _trend(rows, health)


def _breakdown(rows: ClientRows, health: dict[str, Any]) -> Panel:
    measures: dict[str, list[str]] = {}
    for row in rows.rules.rubric:
        if row["measure"] not in measures.setdefault(row["component"], []):
            measures[row["component"]].append(row["measure"])
    parts = [
        Part(
            wording.sentence_case(NAMES.get(row["component"], row["component"])),
            health[f"{row['component']}_points"],
            row["maximum_points"],
            "" if health[f"{row['component']}_points"] is None
            else ", ".join(_measured(health, reversed(measures.get(row["component"], [])))),
        )
        for row in rows.rules.components
    ]  # fmt: skip
    low, high = health["score_low"], health["score_high"]
    missing = [part.name.lower() for part in parts if part.points is None]
    remark = ""
    if missing:
        certain = "stays in its band either way" if health["is_band_certain"] else "could end in another band"
        remark = (
            f"Not measured: {', '.join(missing)}. With those points all lost the score is {low}, with all won {high}; "
            f"it {certain}."
        )
    lost = sorted((part for part in parts if part.points is not None), key=lambda part: part.points - part.maximum)  # type: ignore[operator]
    return Panel(
        key="health",
        section="Health",
        title=_breakdown_title(health, lost[0] if lost else None),
        subtitle=f"Points by component at the end of {wording.month(rows.month)}, earned of possible",
        figure=points_bars(parts),
        narrow=points_bars(parts, narrow=True),
        table=Table(
            ("Component", "Points", "Possible", "Measured"),
            tuple(
                (
                    text(part.name),
                    number("n/a" if part.points is None else str(part.points), part.points),
                    number(str(part.maximum), part.maximum),
                    text(part.measured or "not measured"),
                )
                for part in parts
            ),
            total=(text("Total"), number(str(health["earned_points"]), health["earned_points"]),
                   number(str(health["available_points"]), health["available_points"]), text("of what is measured")),
        ),
        remark=remark,
        span=6,
    )  # fmt: skip


def _measured(health: dict[str, Any], measures: Iterable[str]) -> list[str]:
    """What was measured, in words; an amount only where there is one."""
    return [measured(name, health[name]) for name in measures if name != MONEY_MEASURE or health[ITS_COUNT]]


def _breakdown_title(health: dict[str, Any], worst: Part | None) -> str:
    begin = (
        f"{health['earned_points']} of {health['available_points']} points earned, a score of {health['health_score']}"
    )
    if worst is None or worst.points == worst.maximum:
        return f"{begin}: nothing is missing."
    assert worst.points is not None
    return f"{begin}; {worst.name.lower()} misses most, {worst.maximum - worst.points} points."


def _way_panel(way: Way, health: dict[str, Any]) -> Panel:
    subtitle = "The next step of each component, what it brings, and the score with that step alone"
    title = _way_title(way, health)
    if not way.steps:
        why = "Every measured component has all its points."
        return Panel("way", title, subtitle, empty=why)
    together = set(way.together) if len(way.together) > 1 else set()
    body = []
    for step in way.next_steps:
        score = points_with(health["earned_points"], health["available_points"], step.gain)
        reaches = bool(way.band) and score >= way.minimum
        body.append(
            (
                text(wording.sentence_case(NAMES.get(step.component, step.component)),
                     mark="▲" if step in together else "", tone="good" if step in together else ""),
                text(wording.sentence_case(step.needs)),
                number(f"+{step.gain}", step.gain),
                number(f"{score}, {way.band}" if reaches else str(score), score),
            )
        )  # fmt: skip
    return Panel(
        key="way",
        title=title,
        subtitle=subtitle,
        table=Table(("Component", "What it takes", "Points", "Score then"), tuple(body)),
        is_table_open=True,
        remark="▲ marks the shortest way: the fewest components that reach the next band together." if together else "",
    )


def _way_title(way: Way, health: dict[str, Any]) -> str:
    if not way.band:
        if health["health_band"] == "unknown":
            return "Measuring more comes first: too little is known for a band."
        return (
            "It is in the highest band; these steps would widen the margin." if way.steps else "Nothing is left to win."
        )
    missing = way.minimum - health["health_score"]
    away = f"{way.band.capitalize()} is {missing} {'point' if missing == 1 else 'points'} away"
    if not way.together:
        return f"{away}; the measured components cannot bring it there, so measure the others."
    if len(way.alone) > 1:
        return f"{away}; one step would do, in any of {len(way.alone)} components."
    if way.alone:
        return f"{away}; one step would do: {way.together[0].needs}."
    names = [NAMES.get(step.component, step.component) for step in way.together]
    return f"{away}; it takes {' and '.join([', '.join(names[:-1]), names[-1]])} together."


def _trend(rows: ClientRows, health: dict[str, Any]) -> Panel:
    first = wording.add_months(rows.month, 1 - TREND_MONTHS)
    scored = {row["month"]: row for row in rows.health}
    months = [wording.add_months(first, index) for index in range(TREND_MONTHS)]
    months = [month for month in months if month >= min(scored)]
    points = []
    for month in months:
        row = scored.get(month)
        if row is None or row["health_score"] is None:
            points.append(Point(wording.month(month), None))
            continue
        is_full = row["score_low"] == row["score_high"]
        low, high = (None, None) if is_full else (float(row["score_low"]), float(row["score_high"]))
        span = "" if is_full else f", {row['score_low']} to {row['score_high']} once measured"
        score, said = float(row["health_score"]), row["health_band"] + span
        points.append(Point(wording.month(month), score, said, low, high, row["is_band_certain"]))
    limits = [(f"{row['health_band']} from {row['minimum_score']}", float(row["minimum_score"]))
              for row in rows.rules.bands if row["minimum_score"]]  # fmt: skip
    return Panel(
        key="health_trend",
        title=_trend_title([(month, scored[month]) for month in months if month in scored]),
        subtitle="Health score of 0 to 100 at each month's end; bars span what is not measured, hollow where that"
        " leaves the band open",
        figure=level_line(points, lambda value: f"{value:.0f}", limits, (0, 106)),
        narrow=level_line(points, lambda value: f"{value:.0f}", limits, (0, 106), narrow=True),
        table=Table(
            ("Month", "Score", "Lowest", "Highest", "Band"),
            tuple(
                (text(wording.month(month)), *(number(_whole(scored[month][name]), scored[month][name])
                 for name in ("health_score", "score_low", "score_high")), text(scored[month]["health_band"]))
                for month in reversed(months) if month in scored
            ),
        ),
        span=12,
    )  # fmt: skip


def _whole(value: int | None) -> str:
    return wording.NOT_AVAILABLE if value is None else str(value)


def _trend_title(scored: list[tuple[Any, dict[str, Any]]]) -> str:
    band = scored[-1][1]["health_band"]
    since = scored[-1][0]
    for month, row in reversed(scored):
        if row["health_band"] != band:
            was = row["health_band"]
            return f"Its band has been {band} since {wording.month(since)}; before, it was {was}."
        since = month
    return f"Its band has been {band} in every month shown."
