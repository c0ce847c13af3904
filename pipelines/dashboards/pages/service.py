"""Service: are we on time? Escalations under both policies, reviews, KPIs by theme, satisfaction, action items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages.choices import month_choice
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_scope import Scope, manager_choices, scope_of, segment_notice
from pipelines.dashboards.pages.managers_tiles import series_tile
from pipelines.dashboards.pages.metric_words import metric_title, metric_value
from pipelines.dashboards.pages.service_kpis import explain_kpi, kpi_panels, kpi_series
from pipelines.dashboards.pages.service_quality import actions_panel, csat_panel, nps_panel, qbr_panels
from pipelines.dashboards.pages.service_rows import ServiceRows, read_service
from pipelines.dashboards.pages.service_sla import (
    FIRST,
    misses_panel,
    open_panel,
    period_words,
    share_met,
    strip_panel,
)
from pipelines.dashboards.pages.view import Choice, Page, Panel, Tile

TITLE = "Service"
EMPTY = "There is no complete month yet. Put the exports of your systems into the inbox and run tenure refresh."
PERIODS = {"": "12 months", "3": "3 months", "1": "1 month"}
TILES = {
    "escalation_response_rate": 100,
    "escalation_resolution_rate": 100,
    "communication_response_rate": 100,
    "touchpoint_rate": 100,
    "csat_mean": 1,
}


def build(context: Context) -> Page:
    """The page for one reader: the company, a director's team, or one account manager."""
    if context.month is None:
        return Page(TITLE, "There is nothing to show yet.", "", empty=EMPTY)
    scope = scope_of(context)
    asked = context.question.extra.get("months", "")
    months = int(asked) if asked in PERIODS and asked else 12
    choices = (
        month_choice(context),
        *manager_choices(scope),
        Choice("months", "Escalations of", tuple(PERIODS.items()), asked if asked in PERIODS else ""),
    )
    if scope.am_id and scope.am_id not in scope.names:
        why = "The address names no account manager that you can see. Choose one above, or leave the filter out."
        return Page(TITLE, "There is no such account manager.", "", empty=why, choices=choices)
    rows = read_service(context, scope, context.month, months)
    return Page(
        title=TITLE,
        headline=_headline(rows),
        subtitle=f"{scope.words}, {period_words(rows)}; what is open as at {wording.date(context.as_of_on)}",
        tiles=_tiles(context, rows, scope),
        panels=_panels(context, rows, scope),
        choices=choices,
        notice=segment_notice(context),
    )


def _headline(rows: ServiceRows) -> str:
    met, decided = share_met(rows.resolution, FIRST)
    overdue = 0 if rows.open_now.is_empty() else rows.open_now["all_overdue"][0]
    now = (
        f"{overdue} open {'is' if overdue == 1 else 'are'} past the limit"
        if overdue
        else "no open one is past its limit"
    )
    if not decided:
        return f"No escalation was due in {period_words(rows)}; {now}."
    return (
        f"{wording.percent(met / decided)} of {wording.count(decided, 'escalation')} "
        f"{'was' if decided == 1 else 'were'} resolved in time; {now}."
    )


def _panels(context: Context, rows: ServiceRows, scope: Scope) -> tuple[Panel, ...]:
    kpis = kpi_panels(context, rows, scope)
    qbrs = qbr_panels(context, rows, scope)
    return (
        replace(strip_panel(context, rows, rows.response, scope), section="Escalations"),
        strip_panel(context, rows, rows.resolution, scope),
        open_panel(context, rows),
        misses_panel(context, rows),
        *(replace(panel, section="KPIs") if index == 0 else panel for index, panel in enumerate(kpis)),
        *(replace(panel, section="Business reviews") if index == 0 else panel for index, panel in enumerate(qbrs)),
        replace(csat_panel(rows, scope), section="Satisfaction"),
        nps_panel(rows, scope),
        replace(actions_panel(context, rows, scope), section="Action registry"),
    )


def _events(kpi: str, row: Mapping[str, Any], rows: ServiceRows) -> str:
    """What the month's figure is of; a few are marked."""
    events = int(row["denominator"])
    said = wording.count(events, "answer" if kpi == "csat_mean" else "event")
    return f"{said} in {wording.month(rows.month)}{', few' if events < wording.FEW else ''}"


def _tiles(context: Context, rows: ServiceRows, scope: Scope) -> tuple[Tile, ...]:
    series = kpi_series(rows)
    found = []
    for kpi, scale in TILES.items():
        by_month = series.get(kpi, {})
        row = by_month.get(rows.month)
        found.append(
            series_tile(
                kpi,
                metric_title(kpi),
                {month: each["value"] for month, each in by_month.items()},
                rows.month,
                partial(metric_value, kpi),
                scale,
                explain_kpi(context, scope, kpi, rows.month) if row else "",
                target=row["target"] if row else None,
                beside=_events(kpi, row, rows) if row else "",
            )
        )
    return tuple(found)
