"""Why clients left: churned ARR by category, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.lying_bars import LyingBar, lying_bars
from pipelines.dashboards.figures.theme import Figure

if TYPE_CHECKING:
    import polars as pl


def churn_by_category(rows: pl.DataFrame, currency: str) -> Figure:
    """One lying bar a category, labelled with amount and clients.

    `rows`: category, clients, churned_arr (positive, in `currency`), path (where a click leads), in the order of the
    bars.
    """
    return lying_bars(
        [
            LyingBar(
                name=theme.label(wording.sentence_case(row["category"])),
                amount=float(row["churned_arr"]),
                label=f"<b>{wording.money(row['churned_arr'])}</b>  {wording.count(row['clients'], 'client')}",
                # Without a reason it is no finding about clients but one about the records: neutral.
                tone="neutral" if row["category"] == "unclassified" else "churn",
                hover=f"<b>{wording.exact_money(row['churned_arr'])}</b> {theme.label(currency)}",
                path=row["path"],
            )
            for row in rows.to_dicts()
        ],
        margin=100,
    )
