"""What every number means: the catalogue of metrics, each entry with its formula, unit, cuts, target and table."""

from __future__ import annotations

from pipelines.dashboards import wording
from pipelines.dashboards.pages import terms
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.view import Cell, Page, Panel, Table, text
from pipelines.explain.answer import Unit
from pipelines.explain.entries import Entry, catalogue
from pipelines.explain.terminal import SEGMENT_WORDS

UNITS = {
    Unit.MONEY: "amount",
    Unit.RATE: "percent",
    Unit.POINTS: "percentage points",
    Unit.COUNT: "number",
    Unit.SCORE: "score",
}
THEMES = {
    "retention": "Retention: do clients stay and grow?",
    "amounts": "Revenue, ARR and its movements",
    "service": "Health, satisfaction, renewals, scorecards",
    "kpis": "Service and operations",
    "portfolio": "Portfolios, economics, people",
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
    themes = catalogue().themes
    return Page(
        title="Definitions",
        headline=f"{len(catalogue().entries)} metrics, each defined once.",
        subtitle="The same entries make the figures' explanations and the command `tenure metric`; the metric book has "
        "every rule in full",
        panels=tuple(_panel(context, theme, title, themes[theme]) for theme, title in THEMES.items()),
        definitions=WORDS,
    )


def _panel(context: Context, key: str, title: str, entries: list[Entry]) -> Panel:
    return Panel(
        key=key,
        title=title,
        subtitle=f"{wording.count(len(entries), 'metric')}; a name leads to the number and what it is made of",
        table=Table(
            ("Metric", "How it is made", "Unit", "Cut by", "Judged by", "In the warehouse"),
            tuple(_row(context, entry) for entry in entries),
        ),
        is_table_open=True,
        span=12,
    )


def _row(context: Context, entry: Entry) -> tuple[Cell, ...]:
    cuts = [SEGMENT_WORDS.get(name, name.replace("_", " ")) for name in entry.dimensions]
    explained, defined = context.link(f"/explain/{entry.name}"), f"/dictionary#metric/{entry.name}"
    return (
        text(entry.title, href=explained if entry.explain else ""),
        text(entry.formula),
        text(UNITS.get(entry.unit, str(entry.unit))),
        text(", ".join(cuts)),
        text(f"policy {entry.target.policy}" if entry.target else ""),
        text(f"{entry.name} in {entry.table}", href=defined),
    )
