"""What `tenure restatements` and `tenure diff` print. Text only; no decisions."""

import json
from collections.abc import Sequence
from decimal import Decimal

from pipelines.release.restatements.ledger import Restated
from pipelines.release.restatements.listing import Figure, as_figures
from pipelines.serving.query import Answer
from pipelines.serving.rendering import as_table

CLIENTS = 3
COLUMNS = ["release", "month", "metric", "segment", "old", "new", "change", "cause", "clients"]


def restated_text(rows: Sequence[Restated], top: int, is_json: bool, width: int) -> str:
    """The rows as a table of their figures (at most `top`), or all of them as JSON."""
    if is_json:
        return json.dumps([_as_dict(row) for row in rows], indent=1) + "\n"
    if not rows:
        return "No closed month changed.\n"
    figures = as_figures(rows)
    has_release = any(row.publication_id for row in rows)
    lines = [_line(figure)[0 if has_release else 1 :] for figure in figures[:top]]
    table = as_table(Answer(COLUMNS[0 if has_release else 1 :], [tuple(line) for line in lines]), width)
    rest = f"{len(figures) - top:,} more figures: --top, --month, --metric or --json show them.\n"
    return table + (rest if len(figures) > top else "")


def _line(figure: Figure) -> list[str]:
    head = figure.head
    causes = figure.causes
    more = len(figure.parts) - CLIENTS
    clients = [
        f"{part.client_id or 'nobody'} {amount(head.metric, part.client_effect, True)}"
        for part in figure.parts[:CLIENTS]
    ]
    return [
        head.publication_id,
        f"{head.month:%Y-%m}",
        head.metric,
        "company" if head.segment == "company" else f"{head.segment} {head.segment_value}",
        amount(head.metric, head.old_value),
        amount(head.metric, head.new_value),
        amount(head.metric, figure.change, True),
        ", ".join(f"{cause} {amount(head.metric, effect, True)}" for cause, effect in causes.items())
        if len(causes) > 1
        else next(iter(causes)),
        ", ".join(clients) + (f", {more} more" if more > 0 else ""),
    ]


def amount(metric: str, value: Decimal | None, is_change: bool = False) -> str:
    """ARR to the cent; a rate in percent, its change in basis points."""
    sign = "+" if is_change else ""
    if value is None:
        return "n/a"
    if metric.startswith("arr"):
        return f"{value:{sign},.2f}"
    return f"{value * 10000:{sign},.2f} bp" if is_change else f"{value * 100:,.2f} %"


def _as_dict(row: Restated) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in vars(row).items()}
