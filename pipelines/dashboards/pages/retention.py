"""The retention page: which cohorts stay, where retention differs, and what moves it: currency, expansion, churn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.pages import sentences
from pipelines.dashboards.pages.choices import segment_words
from pipelines.dashboards.pages.cohorts import cohort_panel
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.links import to_explanation
from pipelines.dashboards.pages.overview import (
    EMPTY,
    NOT_SHOWN,
    metric_bands,
    notice,
    page_choices,
    why_no_rate,
)
from pipelines.dashboards.pages.retention_panels import (
    expansion_panel,
    fx_panel,
    reasons_panel,
    surprise_panel,
    surprises_panel,
)
from pipelines.dashboards.pages.retention_rows import SURPRISE_MONTHS, RetentionRows, read_retention_page
from pipelines.dashboards.pages.retention_segments import segments_panel
from pipelines.dashboards.pages.tiles import GRR, LOGO_CHURN, NRR, REVENUE_CHURN, SURPRISE, rate_tile
from pipelines.dashboards.pages.view import Page, Tile

SHOWN = (NRR, GRR, LOGO_CHURN, REVENUE_CHURN)
DEFINITIONS = (
    *((rate.label, rate.definition) for rate in (*SHOWN, SURPRISE)),
    (
        "Cohort",
        "The clients whose first recurring revenue lies in one quarter and who have some at its end. Net: their ARR at "
        "a later quarter's end over their ARR then. Gross: each client's ARR counts up to what it began with.",
    ),
)


def build(context: Context) -> Page:
    """The page for one reader."""
    month = context.month
    if month is None:
        return Page(title="Retention", headline="There is no revenue to show yet.", subtitle="", empty=EMPTY)
    page = Page(title="Retention", headline="", subtitle="", choices=page_choices(context), notice=notice(context))
    rows = read_retention_page(context, month)
    if rows.rates.is_empty() and rows.rates_of_quarter.is_empty() and not _is_known(context):
        return replace(page, headline=f"There are no figures of {segment_words(context)}.", empty=NOT_SHOWN)
    rates = {row["month"]: row for row in rows.rates.to_dicts()}
    basis = context.question.basis
    return replace(
        page,
        headline=sentences.kept_headline(rates.get(month, {}), basis),
        subtitle=f"{segment_words(context)}, 12 months to {wording.month(month)}, {context.units.words(basis)}",
        tiles=tuple(_tiles(rows, rates, context, month)),
        panels=(
            cohort_panel(context, month),
            segments_panel(context, month, rows.bands),
            fx_panel(rows.rates, month),
            expansion_panel(rows.expansion_types, month, context),
            reasons_panel(rows.reasons, month, context),
            surprise_panel(rows.rates_of_quarter, month),
            surprises_panel(rows.surprises, month, context),
        ),
        definitions=DEFINITIONS,
    )


def _is_known(context: Context) -> bool:
    """Whether anything is published of the segment: a young one has ARR before it has rates."""
    sql = "select 1 as found from marts.rpt_arr_waterfall where segment = ? and segment_value = ? limit 1"
    return not context.release.rows(sql, context.segment).is_empty()


def _tiles(
    rows: RetentionRows, rates: Mapping[dt.date, Mapping[str, Any]], context: Context, month: dt.date
) -> list[Tile]:
    basis = context.question.basis
    quarter = {row["month"]: row for row in rows.rates_of_quarter.to_dicts()}
    no_surprise = (
        f"No ARR was lost in the {SURPRISE_MONTHS} months."
        if month in quarter
        else why_no_rate(quarter, month, SURPRISE_MONTHS)
    )
    return [
        *(
            rate_tile(
                rate,
                rates,
                basis,
                month,
                metric_bands(rows.bands, rate),
                why_no_rate(rates, month),
                to_explanation(context, rate.column_of(basis), month),
            )
            for rate in SHOWN
        ),
        rate_tile(
            SURPRISE,
            quarter,
            basis,
            month,
            metric_bands(rows.bands, SURPRISE),
            no_surprise,
            to_explanation(context, SURPRISE.column, month),
        ),
    ]
