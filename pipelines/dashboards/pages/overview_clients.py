"""Who is at risk and who grows: ARR by health band, the top risks with what their health lacks, the top expansions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.health_bands import MARKS, arr_by_health_band, mark
from pipelines.dashboards.pages import segments
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.links import to_page
from pipelines.dashboards.pages.movements import NO_OWNER, client_cell
from pipelines.dashboards.pages.overview_clients_rows import COMPONENTS, ClientRows, HealthTarget, read_clients
from pipelines.dashboards.pages.overview_rows import WINDOW_MONTHS
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text

if TYPE_CHECKING:
    import polars as pl

NAMED_COMPONENTS = 2
NO_SCORE = "·"
COMPARISONS = {"at_least": "or more", "at_most": "or less"}


def client_panels(context: Context, month: dt.date) -> list[Panel]:
    """ARR by health band, top risks, top expansions."""
    rows = read_clients(context, month)
    return [
        risks_panel(rows, context, month),
        health_panel(rows, context, month),
        expansions_panel(rows, context, month),
    ]


def health_panel(rows: ClientRows, context: Context, month: dt.date) -> Panel:
    """ARR at risk by health band; a bar leads to its clients."""
    import polars as pl

    currency = context.units.currency
    subtitle = f"ARR by health band at the end of {wording.month(month)}, {currency}, {_basis(context)}"
    if rows.by_band.is_empty():
        why = "No client with ARR has a health score in this month."
        return Panel("health", "Nobody's health is known.", subtitle, empty=why, span=4)
    total = sum(rows.by_band["arr"].to_list())
    order = {band: index for index, band in enumerate(MARKS)}
    bands = rows.by_band.with_columns(
        share=(pl.col("arr").cast(pl.Float64) / float(total)) if total else pl.lit(0.0),
        path=pl.col("health_band").map_elements(
            lambda band: to_page(context, "/clients", band=band), return_dtype=pl.String
        ),
    ).sort(pl.col("health_band").replace_strict(order, default=len(order)))
    clients = sum(bands["clients"].to_list())
    return Panel(
        key="health",
        span=4,
        title=_health_title(bands, rows.targets),
        subtitle=subtitle,
        figure=arr_by_health_band(bands, currency),
        table=Table(
            ("Band", "Clients", f"ARR, {currency}", "Share of ARR"),
            tuple(
                (
                    text(
                        band["health_band"], MARKS[band["health_band"]][1], MARKS[band["health_band"]][0], band["path"]
                    ),
                    number(f"{band['clients']:,}", band["clients"]),
                    number(wording.exact_money(band["arr"]), band["arr"]),
                    number(wording.percent(band["share"]), band["share"]),
                )
                for band in bands.to_dicts()
            ),
            total=(
                text("Total"),
                number(f"{clients:,}", clients),
                number(wording.exact_money(total), total),
                text(""),
            ),
        ),
        remark=_portfolio_remark(context, month),
    )


def risks_panel(rows: ClientRows, context: Context, month: dt.date) -> Panel:
    """The clients with most to lose, and what their health lacks."""
    currency = context.units.currency
    subtitle = (
        f"Red or yellow health, or a renewal that is late; by ARR x missing health points; {currency}, "
        f"{_basis(context)}, {wording.month(month)}"
    )
    if rows.risks.is_empty():
        return Panel("risks", "No client is at risk.", subtitle, empty="Every scored client is green.", span=12)
    risks = rows.risks.to_dicts()
    first = risks[0]
    widest = max(float(risk["arr"]) for risk in risks)
    rest = first["clients"] - len(risks)
    rest_arr = first["total_arr"] - sum(risk["arr"] for risk in risks)
    headings = ("Client", f"ARR, {currency}", "Health", "12 months", "Largest gaps", "Renewal", "Account manager")
    blanks = (text(""),) * (len(headings) - 2)
    others = (
        ((text(wording.count(rest, "other client")), number(wording.money(rest_arr), rest_arr), *blanks),)
        if rest
        else ()
    )
    gaps = missing_points(first, rows.maximum_points)
    return Panel(
        key="risks",
        span=12,
        title=f"{wording.count(first['clients'], 'client')} with {wording.money(first['total_arr'])} of ARR "
        f"{'is' if first['clients'] == 1 else 'are'} at risk; start with {_name(first)}{_lacks(gaps)}.",
        subtitle=subtitle,
        table=Table(
            headings,
            (*(_risk(risk, widest, rows, context, month) for risk in risks), *others),
            total=(text("At risk"), number(wording.money(first["total_arr"]), first["total_arr"]), *blanks),
        ),
        is_table_open=True,
        remark="12 months, oldest first: ● green, ◐ yellow, ▲ red, ? not enough known, · no score. "
        + ("" if month == context.months[-1] else "Renewals are known for the newest month only."),
    )


def expansions_panel(rows: ClientRows, context: Context, month: dt.date) -> Panel:
    """Where growth is to be had: open expansion first, then what grew in the last 12 months."""
    currency = context.units.currency
    subtitle = (
        f"Open expansion opportunities at the end of {wording.month(month)}, and expansion in the 12 months to it; "
        f"{currency}, constant currency"
    )
    if rows.expansions.is_empty():
        why = "No client has an open expansion opportunity, and none grew in the last 12 months."
        return Panel("expansions", "No expansion is in sight.", subtitle, empty=why, span=8)
    found = rows.expansions.to_dicts()
    first = found[0]
    widest = max(float(row["open_expansion"]) for row in found) or 1.0
    rest = first["clients"] - len(found)
    sums = {
        column: first[f"total_{short}"] - sum(row[column] for row in found)
        for column, short in (("open_expansion", "open"), ("won", "won"))
    }
    others = (
        (
            (
                text(wording.count(rest, "other client")),
                number(wording.money(sums["open_expansion"]), sums["open_expansion"]),
                number(wording.money(sums["won"]), sums["won"]),
                text(""),
                text(""),
            ),
        )
        if rest
        else ()
    )
    return Panel(
        key="expansions",
        span=8,
        title=_expansions_title(first),
        subtitle=subtitle,
        table=Table(
            ("Client", f"Open expansion, {currency}", "Grew in 12 months", "Health", "Account manager"),
            (*(_expansion(row, widest, context) for row in found), *others),
            total=(
                text("All"),
                number(wording.money(first["total_open"]), first["total_open"]),
                number(wording.money(first["total_won"]), first["total_won"]),
                text(""),
                text(""),
            ),
        ),
        is_table_open=True,
    )


def missing_points(row: Mapping[str, Any], maximum: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """(component, points missing, most there are) of the components that lack most, the largest gap first.

    What could not be scored lacks nothing.
    """
    gaps = [
        (words, maximum[name] - row[column], maximum[name])
        for name, column, words in COMPONENTS
        if name in maximum and row[column] is not None
    ]
    return sorted((gap for gap in gaps if gap[1] > 0), key=lambda gap: -gap[1])[:NAMED_COMPONENTS]


def _risk(
    risk: Mapping[str, Any], widest: float, rows: ClientRows, context: Context, month: dt.date
) -> tuple[Cell, ...]:
    gaps = missing_points(risk, rows.maximum_points)
    bands = rows.strips.get(risk["client_id"], {})
    strip = [bands.get(wording.add_months(month, -back)) for back in range(WINDOW_MONTHS - 1, -1, -1)]
    return (
        client_cell(context, risk),
        number(wording.money(risk["arr"]), risk["arr"], float(risk["arr"]) / widest, mark(risk["health_band"])[1]),
        _health(risk),
        Cell("".join(mark(band)[0] if band else NO_SCORE for band in strip), " ".join(band or "-" for band in strip)),
        text(", ".join(f"{words} {missing} of {most}" for words, missing, most in gaps) or "none measured"),
        text(_renewal(risk), *(("bad", "▲") if risk["renewal_status"] == "late" else ())),
        text(risk["am_name"] or NO_OWNER),
    )


def _expansion(row: Mapping[str, Any], widest: float, context: Context) -> tuple[Cell, ...]:
    return (
        client_cell(context, row),
        number(
            wording.money(row["open_expansion"]),
            row["open_expansion"],
            float(row["open_expansion"]) / widest,
            "expansion",
        ),
        number(wording.money(row["won"]), row["won"]),
        _health(row),
        text(row["am_name"] or NO_OWNER),
    )


def _band(band: str, path: str) -> Cell:
    shape, tone = mark(band)
    return text(band, tone, shape, path)


def _health(row: Mapping[str, Any]) -> Cell:
    shape, tone = mark(row["health_band"])
    score = "" if row["health_score"] is None else f"{row['health_score']} "
    return text(f"{score}{row['health_band']}", tone, shape)


def _renewal(risk: Mapping[str, Any]) -> str:
    if risk["ends_on"] is None:
        return ""
    return f"{wording.date(risk['ends_on'])}, {risk['renewal_status'].replace('_', ' ')}"


def _lacks(gaps: list[tuple[str, int, int]]) -> str:
    return f" (lacks {' and '.join(words for words, _, _ in gaps)})" if gaps else ""


def _name(row: Mapping[str, Any]) -> str:
    return row["client_name"] or row["client_id"]


def _expansions_title(first: Mapping[str, Any]) -> str:
    won = f"{wording.money(first['total_won'])} of ARR was added in 12 months by clients that are still here"
    if not first["clients_with_open"]:
        return f"No expansion is open; {won}."
    clients = wording.count(first["clients_with_open"], "client")
    return f"{clients} {'has' if first['clients_with_open'] == 1 else 'have'} {wording.money(first['total_open'])} " + (
        f"of open expansion, {_name(first)} the most; {won}."
    )


def _health_title(bands: pl.DataFrame, targets: Mapping[str, HealthTarget]) -> str:
    """What is in red and yellow, and how many clients with a known band are green against the target."""
    rows = {band["health_band"]: band for band in bands.to_dicts()}
    at_risk = [
        f"{wording.money(rows[band]['arr'])} ({wording.percent(rows[band]['share'])}) is {band}"
        for band in ("red", "yellow")
        if band in rows
    ]
    known = sum(row["clients"] for band, row in rows.items() if band != "unknown")
    parts = [f"Of ARR, {' and '.join(at_risk)}" if at_risk else "No ARR is red or yellow"]
    if known:
        green = rows.get("green", {}).get("clients", 0) / known
        target = targets.get("green")
        goal = (
            f", target {wording.plain_percent(target.rate)} {COMPARISONS.get(target.comparison, target.comparison)}"
            if target
            else ""
        )
        parts.append(f"{wording.percent(green)} of clients are green{goal}")
    return f"{'; '.join(parts)}."


def _basis(context: Context) -> str:
    return "constant currency" if context.question.basis == "cc" else "reported"


def _portfolio_remark(context: Context, month: dt.date) -> str:
    if month == context.months[-1] or not segments.is_of_today(context.segment):
        return ""
    return "Clients that this segment has today, with their health and ARR of the month."
