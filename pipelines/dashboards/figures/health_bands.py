"""ARR by health band: a lying bar a band, the band told by shape and word as well as by colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.dashboards import wording
from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.lying_bars import LyingBar, lying_bars
from pipelines.dashboards.figures.theme import Figure

if TYPE_CHECKING:
    import polars as pl

# Band: its mark and its colour (a token), what is at risk first.
MARKS = {"red": ("▲", "churn"), "yellow": ("◐", "contraction"), "unknown": ("?", "neutral"), "green": ("●", "good")}


def mark(band: str | None) -> tuple[str, str]:
    """The mark and the colour token of a band; one nobody knows looks like `unknown`."""
    return MARKS.get(band or "unknown", MARKS["unknown"])


def arr_by_health_band(rows: pl.DataFrame, currency: str) -> Figure:
    """One bar a band, labelled with amount, share of ARR and clients.

    `rows`: health_band, clients, arr (in `currency`), share (of all ARR, 0..1), path (where a click leads), in the
    order of the bars.
    """
    return lying_bars(
        [
            LyingBar(
                name=f"{mark(row['health_band'])[0]} {theme.label(row['health_band'])}",
                amount=float(row["arr"]),
                label=f"<b>{wording.money(row['arr'])}</b>  {wording.percent(row['share'])}<br>"
                f"{wording.count(row['clients'], 'client')}",
                tone=mark(row["health_band"])[1],
                hover=f"<b>{wording.exact_money(row['arr'])}</b> {theme.label(currency)}<br>"
                f"{wording.percent(row['share'])} of ARR, {wording.count(row['clients'], 'client')}",
                path=row["path"],
            )
            for row in rows.to_dicts()
        ],
        margin=96,
        height=60,
    )
