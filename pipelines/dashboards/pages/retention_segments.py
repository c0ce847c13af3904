"""Where retention differs: a row for each value of a segment, 24 months on one scale, the largest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.sparkline import sparkline
from pipelines.dashboards.pages.choices import MANAGERS
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.links import to_page
from pipelines.dashboards.pages.overview_rows import TREND_MONTHS
from pipelines.dashboards.pages.question import SEGMENTS
from pipelines.dashboards.pages.retention_rows import read_comparable, read_segment_rates
from pipelines.dashboards.pages.tiles import GRR, LOGO_CHURN, NRR, Rate
from pipelines.dashboards.pages.view import Cell, Panel, Switch, Table, number, text
from pipelines.dashboards.policy import Bands

if TYPE_CHECKING:
    import polars as pl

SWITCH = "by"
ORDER = ("tier", "region", "industry", "currency", "am")
COLUMNS: tuple[tuple[str, str, Rate], ...] = (
    ("nrr", "NRR", NRR),
    ("grr", "GRR", GRR),
    ("logo_churn_rate", "Logo churn", LOGO_CHURN),
)
Trend = Mapping[dt.date, Mapping[str, Any]]


def segments_panel(context: Context, month: dt.date, bands: Mapping[str, Bands]) -> Panel:
    """NRR, GRR and logo churn of every value of one segment, with a switch between the segments."""
    measured = read_comparable(context, month)
    comparable = [segment for segment in ORDER if segment in measured]
    subtitle = f"12 months to {wording.month(month)}, {context.units.words(context.question.basis)}"
    if not comparable:
        why = f"No segment you see had clients with ARR in {wording.month(wording.add_months(month, -12))}."
        return Panel("segments", "There is nothing to compare.", subtitle, empty=why, span=12)
    asked = context.question.extra.get(SWITCH, "")
    segment = asked if asked in comparable else comparable[0]
    trends, company = _trends(read_segment_rates(context, month, segment), segment)
    names = dict(context.release.rows(MANAGERS).rows()) if segment == "am" else {}
    found = sorted(
        ((value, trend) for value, trend in trends.items() if (trend.get(month) or {}).get("clients_start")),
        key=lambda pair: (-pair[1][month]["start_arr"], pair[0]),
    )
    scales = {column: _scale(column, [trend for _, trend in found]) for column, _, _ in COLUMNS}
    rows = tuple(
        _row(value, names.get(value, value), trend, segment, scales, bands, context, month) for value, trend in found
    )
    return Panel(
        key="segments",
        span=12,
        title=_title(found, names, bands, month),
        subtitle=f"By {SEGMENTS[segment]}, {subtitle}; lines: 24 months, one scale a column",
        table=Table(
            (
                wording.sentence_case(SEGMENTS[segment]),
                *(heading for _, heading, _ in COLUMNS),
                f"ARR a year ago, {context.units.currency}",
                "Clients then",
            ),
            rows,
            total=_total(company, scales, bands, month) if company.get(month) else (),
        ),
        is_table_open=True,
        remark=f"≈ marks fewer than {wording.FEW} clients: a single one decides." if _has_few(found, month) else "",
        switches=tuple(
            Switch(
                wording.sentence_case(SEGMENTS[name]),
                context.link("/retention", **{SWITCH: None if name == comparable[0] else name}),
                name == segment,
            )
            for name in comparable
        )
        if len(comparable) > 1
        else (),
    )


def _trends(rows: pl.DataFrame, segment: str) -> tuple[dict[str, dict[dt.date, dict]], dict[dt.date, dict]]:
    """Rows by month, of each value of the segment and of the company."""
    trends: dict[str, dict[dt.date, dict]] = {}
    company: dict[dt.date, dict] = {}
    for row in rows.to_dicts():
        of = trends.setdefault(row["segment_value"], {}) if row["segment"] == segment else company
        of[row["month"]] = row
    return trends, company


def _scale(column: str, trends: Sequence[Trend]) -> tuple[float, float]:
    values = [row[column] for trend in trends for row in trend.values() if row[column] is not None]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _row(
    value: str,
    name: str,
    trend: Trend,
    segment: str,
    scales: Mapping[str, tuple[float, float]],
    bands: Mapping[str, Bands],
    context: Context,
    month: dt.date,
) -> tuple[Cell, ...]:
    is_chosen = context.segment == (segment, value)
    href = (
        to_page(context, "/account-managers", am=value)
        if segment == "am"
        else context.link("/retention", **{segment: value})
    )
    latest = trend[month]
    return (
        text(name, tone="accent" if is_chosen else "", mark="▸" if is_chosen else "", href=href),
        *_rates(trend, scales, bands, month, name),
        number(wording.money(latest["start_arr"]), latest["start_arr"]),
        number(f"{latest['clients_start']:,}", latest["clients_start"]),
    )


def _total(
    company: Trend, scales: Mapping[str, tuple[float, float]], bands: Mapping[str, Bands], month: dt.date
) -> tuple[Cell, ...]:
    latest = company[month]
    return (
        text("Company"),
        *_rates(company, scales, bands, month, "company"),
        number(wording.money(latest["start_arr"]), latest["start_arr"]),
        number(f"{latest['clients_start']:,}", latest["clients_start"]),
    )


def _rates(
    trend: Trend, scales: Mapping[str, tuple[float, float]], bands: Mapping[str, Bands], month: dt.date, name: str
) -> list[Cell]:
    months = [wording.add_months(month, -back) for back in range(TREND_MONTHS - 1, -1, -1)]
    is_few = trend[month]["clients_start"] < wording.FEW
    cells = []
    for column, heading, rate in COLUMNS:
        value = trend[month][column]
        mark, tone = _standing(bands.get(rate.key, Bands()), value)
        shown = wording.percent(value)
        alt = f"{heading} of {name} over {TREND_MONTHS} months to {shown}"
        drawing = sparkline(
            [trend[day][column] if day in trend else None for day in months], alt, value_range=scales[column]
        )
        cells.append(
            Cell(
                f"≈ {shown}" if is_few and value is not None else shown,
                "" if value is None else str(value),
                is_number=True,
                tone=tone,
                mark="" if is_few else mark,
                drawing=drawing,
            )
        )
    return cells


def _standing(bands: Bands, value: float | None) -> tuple[str, str]:
    """A mark and its tone for where a value stands against its target."""
    name = bands.name_of(value)
    return {"target": ("●", "good"), "acceptable": ("◐", "muted"), "": ("", "")}.get(name, ("▲", "bad"))


def _has_few(found: Sequence[tuple[str, Trend]], month: dt.date) -> bool:
    return any(trend[month]["clients_start"] < wording.FEW for _, trend in found)


def _title(
    found: Sequence[tuple[str, Trend]], names: Mapping[str, str], bands: Mapping[str, Bands], month: dt.date
) -> str:
    """Which value with enough clients keeps most and which least; of one alone, how it stands."""
    sure = [
        (names.get(value, value), trend[month]["nrr"])
        for value, trend in found
        if trend[month]["nrr"] is not None and trend[month]["clients_start"] >= wording.FEW
    ]
    if not sure:
        return f"No part has the {wording.FEW} clients it takes to say anything."
    best, worst = max(sure, key=lambda pair: pair[1]), min(sure, key=lambda pair: pair[1])
    if len(sure) == 1:
        return f"NRR of {best[0]} is {wording.percent(best[1])}."
    target = bands.get(NRR.key, Bands()).target
    met = f"; {sum(rate >= target for _, rate in sure)} of {len(sure)} reach the target" if target is not None else ""
    return f"NRR runs from {wording.percent(worst[1])} ({worst[0]}) to {wording.percent(best[1])} ({best[0]}){met}."
