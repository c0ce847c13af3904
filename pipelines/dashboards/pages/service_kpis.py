"""The KPIs of rpt_kpis by theme: value, the one before, target, whether it is met, twelve months as a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.sparkline import sparkline
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_scope import Scope
from pipelines.dashboards.pages.metric_words import metric_target, metric_title, metric_value
from pipelines.dashboards.pages.service_rows import KPI_MONTHS, ServiceRows
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text
from pipelines.explain.catalogue import METRICS

OTHER = "Other"
# Where each KPI is told; one that is missing here stands under Other.
THEMES = {
    "Requests and escalations": (
        "escalation_response_rate",
        "escalation_resolution_rate",
        "communication_response_rate",
        "meeting_request_rate",
    ),
    "Reviews, touchpoints and plans": (
        "touchpoint_rate",
        "qbr_completion_rate",
        "qbr_executive_rate",
        "qbr_deck_rate",
        "qbr_actions_rate",
        "qbr_follow_up_rate",
        "account_plan_rate",
        "crm_hygiene_rate",
    ),
    "Support and delivery": (
        "support_coverage_rate",
        "support_sla_rate",
        "delivery_on_time_rate",
        "delivery_in_budget_rate",
        "order_fulfilment_rate",
    ),
    "Follow-through": (
        "action_registry_30d_rate",
        "action_registry_60d_rate",
        "bcp_on_time_rate",
        "programme_acknowledged_rate",
        "programme_done_rate",
    ),
    "Satisfaction and outcome": ("csat_mean", "recruiter_feedback_mean", "green_rate", "kpi_attainment_rate"),
}
QUARTERLY = ("qbr_", "account_plan_")  # beginnings of names: measured in a quarter's last month
Row = Mapping[str, Any]


def kpi_series(rows: ServiceRows) -> dict[str, dict[dt.date, Row]]:
    """KPI -> month -> its row."""
    found: dict[str, dict[dt.date, Row]] = {}
    for row in rows.kpis.to_dicts():
        found.setdefault(row["kpi"], {})[row["month"]] = row
    return found


def kpi_panels(context: Context, rows: ServiceRows, scope: Scope) -> list[Panel]:
    """One table a theme; a theme of which nothing was ever measured says what is missing."""
    series = kpi_series(rows)
    known = {kpi for kpis in THEMES.values() for kpi in kpis}
    themes = {**THEMES, OTHER: tuple(kpi for kpi in series if kpi not in known)}
    panels = [
        _theme(context, rows, scope, theme, kpis, series) for theme, kpis in themes.items() if kpis or theme != OTHER
    ]
    return [*panels[:-1], replace(panels[-1], span=12)] if len(panels) % 2 else panels


def shown_month(kpi: str, month: dt.date) -> tuple[dt.date, int]:
    """The month a KPI is read at, and how many months lie between two readings: quarterly ones have their quarter's."""
    if not kpi.startswith(QUARTERLY):
        return month, 1
    return wording.add_months(month, -(month.month % 3)), 3


def _theme(
    context: Context,
    rows: ServiceRows,
    scope: Scope,
    theme: str,
    kpis: Sequence[str],
    series: Mapping[str, Mapping[dt.date, Row]],
) -> Panel:
    key = f"kpis_{list(THEMES).index(theme) if theme in THEMES else len(THEMES)}"
    subtitle = f"{theme}, {scope.words}, {wording.month(rows.month)} (quarterly ones: the latest complete quarter)"
    shown = [kpi for kpi in kpis if kpi in series]
    if not shown:
        why = "No export with such events has been landed, or none fell due in the last two years."
        return Panel(key, f"{theme}: nothing measured.", subtitle, empty=why)
    judged = [row for kpi in shown if (row := _at(kpi, rows.month, series)) and row["is_met"] is not None]
    missed = [row for row in judged if not row["is_met"]]
    if missed:
        worst = max(missed, key=lambda row: 1 - row["value"] / row["target"])
        title = (
            f"{metric_title(worst['kpi'])}: {metric_value(worst['kpi'], worst['value'])}, target "
            f"{metric_target(worst['kpi'], worst['target'])}; {len(judged) - len(missed)} of "
            f"{wording.count(len(judged), 'target')} met."
        )
    else:
        title = f"{theme}: every target is met." if judged else f"{theme}: {_first(shown, rows.month, series)}"
    return Panel(
        key=key,
        title=title,
        subtitle=subtitle,
        table=Table(
            ("KPI", "Value", "Before", "Target", "Events", f"{KPI_MONTHS} months"),
            tuple(_row(context, rows, scope, kpi, series) for kpi in shown),
        ),
        is_table_open=True,
    )


def _at(kpi: str, month: dt.date, series: Mapping[str, Mapping[dt.date, Row]]) -> Row | None:
    return series[kpi].get(shown_month(kpi, month)[0])


def _first(kpis: Sequence[str], month: dt.date, series: Mapping[str, Mapping[dt.date, Row]]) -> str:
    """The lowest rate of a theme without targets."""
    rows = [row for kpi in kpis if (row := _at(kpi, month, series)) is not None]
    if not rows:
        return "nothing fell due."
    lowest = min(rows, key=lambda row: row["value"])
    return f"{metric_title(lowest['kpi']).lower()} is lowest, {metric_value(lowest['kpi'], lowest['value'])}."


def _row(
    context: Context, rows: ServiceRows, scope: Scope, kpi: str, series: Mapping[str, Mapping[dt.date, Row]]
) -> tuple[Cell, ...]:
    month, step = shown_month(kpi, rows.month)
    row, before = series[kpi].get(month), series[kpi].get(wording.add_months(month, -step))
    months = [wording.add_months(month, -back * step) for back in range(KPI_MONTHS // step - 1, -1, -1)]
    values = [series[kpi][day]["value"] if day in series[kpi] else None for day in months]
    target = row["target"] if row else None
    alt = f"{metric_title(kpi)} over {KPI_MONTHS} months to {wording.month(month)}"
    href = explain_kpi(context, scope, kpi, month) if row else ""
    value = row["value"] if row else None
    events = None if row is None else row["denominator"]
    return (
        text(metric_title(kpi), href=href),
        number(metric_value(kpi, value) if row else "nothing due", value),
        number(metric_value(kpi, before["value"] if before else None), before["value"] if before else None),
        _target_cell(kpi, target, row),
        number("" if events is None else f"{events:,.0f}{' (few)' if events < wording.FEW else ''}", events),
        Cell("", "", drawing=sparkline(values, alt, target)),
    )


def _target_cell(kpi: str, target: float | None, row: Row | None) -> Cell:
    if row is None or target is None or row["is_met"] is None:
        return number("", None)
    mark, tone = ("✓", "good") if row["is_met"] else ("✕", "bad")
    return Cell(metric_target(kpi, target), str(target), is_number=True, tone=tone, mark=mark)


def explain_kpi(context: Context, scope: Scope, kpi: str, month: dt.date) -> str:
    """Where a KPI is explained; a team's sum has no explanation of its own."""
    if kpi not in METRICS or not (scope.am_id or scope.is_company):
        return ""
    return context.link(f"/explain/{kpi}", am=scope.am_id or None, month=f"{month:%Y-%m}", months=None)
