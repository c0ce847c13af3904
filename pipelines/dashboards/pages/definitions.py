"""What every number means: the catalogue of metrics, each entry with its formula, unit and the table it stands in."""

from __future__ import annotations

from pipelines.dashboards import wording
from pipelines.dashboards.pages import terms
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.view import Page, Panel, Table, text
from pipelines.explain.answer import Unit
from pipelines.explain.catalogue import RATES, REVENUE_METRICS
from pipelines.explain.metric import Metric
from pipelines.explain.service_catalogue import KPIS, SERVICE_METRICS

UNITS = {
    Unit.MONEY: "amount",
    Unit.RATE: "percent",
    Unit.POINTS: "percentage points",
    Unit.COUNT: "number",
    Unit.SCORE: "score",
}
WORDS = (
    terms.ARR,
    terms.BASES,
    (
        "Client",
        "The ultimate parent of an account in the CRM. Accounts that were merged count with the one that remained, for "
        "all of history.",
    ),
    (
        "Account manager's portfolio",
        "The clients whose owner the account manager was at the end of the month; a client that left belongs to its "
        "owner at the start of its last month.",
    ),
    (
        "Health score",
        "Points earned out of those that could be measured, as 0 to 100: hiring, payment, satisfaction, executives, "
        "expansion pipeline, issues. The policy sets from which score a client is green or yellow; unknown where too "
        "little could be measured.",
    ),
    ("n/a", "The number cannot be known, and the page says why. It is never shown as zero."),
)


def build(context: Context) -> Page:
    """All metrics by theme. Nothing of a release is read."""
    amounts = [metric for metric in REVENUE_METRICS if metric not in RATES]
    service = [metric for metric in SERVICE_METRICS if metric not in KPIS]
    total = len(REVENUE_METRICS) + len(SERVICE_METRICS)
    return Page(
        title="Definitions",
        headline=f"{total} metrics, each defined once.",
        subtitle="The same entries make the figures' explanations; the metric book has every rule in full",
        panels=(
            _panel(context, "rates", "Retention: do clients stay and grow?", RATES),
            _panel(context, "amounts", "Revenue, ARR and its movements", amounts),
            _panel(context, "service", "Health, satisfaction, renewals, scorecards", service),
            _panel(context, "kpis", "Service and operations", KPIS),
        ),
        definitions=WORDS,
    )


def _panel(context: Context, key: str, title: str, metrics: tuple[Metric, ...] | list[Metric]) -> Panel:
    rows = tuple(
        (
            text(metric.title, href=context.link(f"/explain/{metric.name}")),
            text(metric.formula),
            text(UNITS.get(metric.unit, str(metric.unit))),
            text(f"{metric.name} in {metric.table}"),
        )
        for metric in metrics
    )
    return Panel(
        key=key,
        title=title,
        subtitle=f"{wording.count(len(rows), 'metric')}; a name leads to the number and what it is made of",
        table=Table(("Metric", "How it is made", "Unit", "In the warehouse"), rows),
        is_table_open=True,
        span=12,
    )
