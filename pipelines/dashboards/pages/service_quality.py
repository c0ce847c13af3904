"""Reviews, satisfaction and action items: QBRs by quarter, CSAT by month, NPS by quarter, the action registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.level import Point, level_line
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_scope import Scope
from pipelines.dashboards.pages.service_kpis import kpi_series
from pipelines.dashboards.pages.service_rows import QUARTERS, TREND_MONTHS, ServiceRows, newest_quarter
from pipelines.dashboards.pages.service_sla import client_link
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text

MISSED_SHOWN = 12
NPS_AIR = 6.0  # points above and below


def qbr_panels(context: Context, rows: ServiceRows, scope: Scope) -> list[Panel]:
    """Reviews by quarter, and the clients of the latest quarter that had none."""
    subtitle = f"Quarterly business reviews (QBRs) of strategic clients, {scope.words}, last {QUARTERS} quarters"
    quarters = rows.qbrs.sort("quarter_start", descending=True).to_dicts()
    if not quarters:
        why = "No client was Strategic with ARR at the end of a quarter, and no QBR was held."
        return [Panel("qbrs", "No QBR was due.", subtitle, empty=why, span=12)]
    newest = quarters[0]
    name = wording.quarter(newest["quarter_start"])
    title = (
        f"{newest['due_completed']} of {wording.count(newest['due'], 'QBR')} due in {name} "
        f"{'was' if newest['due_completed'] == 1 else 'were'} held."
        if newest["due"]
        else f"No QBR was due in {name}."
    )
    held = Panel(
        key="qbrs",
        title=title,
        subtitle=subtitle,
        table=Table(
            ("Quarter", "Due", "Held of due", "Share", "Executive", "Deck", "Actions", "Follow-up"),
            tuple(_qbr_row(row) for row in quarters),
        ),
        is_table_open=True,
        span=8,
        remark="The last four are shares of all QBRs held: an executive attended, deck ready in time, action items "
        "logged, followed up in time.",
    )
    return [held, _qbrs_missed(context, rows)]


def _qbr_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    marks = (
        ("executive_attended", "completed"), ("deck_on_time", "completed"), ("actions_logged", "completed"),
        ("follow_up_on_time", "follow_up_decided"),
    )  # fmt: skip
    return (
        text(wording.quarter(row["quarter_start"])),
        number(f"{row['due']:,}", row["due"]),
        number(f"{row['due_completed']:,}", row["due_completed"]),
        share_cell(row["due_completed"], row["due"]),
        *(share_cell(row[met], row[of]) for met, of in marks),
    )


def share_cell(met: int, of: int) -> Cell:
    """A share with its bar; a few are marked with how many they are of."""
    if not of:
        return number(wording.NOT_AVAILABLE, None)
    share = met / of
    few = f" ({met} of {of})" if of < wording.FEW else ""
    return number(f"{share * 100:.0f}{wording.THIN}%{few}", share, share, "reported")


def _qbrs_missed(context: Context, rows: ServiceRows) -> Panel:
    quarter = wording.quarter(newest_quarter(rows.month))
    subtitle = f"Strategic clients without a QBR in {quarter}, the most ARR first"
    if rows.qbrs_missed.is_empty():
        return Panel(
            "qbrs_missed", f"Nobody went without a QBR in {quarter}.", subtitle, empty="All were held.", span=4
        )
    found = rows.qbrs_missed.to_dicts()
    return Panel(
        key="qbrs_missed",
        title=f"{wording.count(len(found), 'strategic client')} had no QBR in {quarter}.",
        subtitle=subtitle,
        table=Table(
            ("Client", "Account manager"),
            tuple(
                (
                    text(row["client_name"] or row["client_id"], href=client_link(context, row["client_id"])),
                    text(row["am_name"] or "unassigned"),
                )
                for row in found[:MISSED_SHOWN]
            ),
        ),
        is_table_open=True,
        span=4,
        remark=f"The first {MISSED_SHOWN} of {len(found)}." if len(found) > MISSED_SHOWN else "",
    )


def csat_panel(rows: ServiceRows, scope: Scope) -> Panel:
    """Mean satisfaction by month against its target."""
    subtitle = (
        f"Customer satisfaction (CSAT), mean score 0-100 by month, {scope.words}; "
        f"hollow = fewer than {wording.FEW} answers"
    )
    series = kpi_series(rows).get("csat_mean", {})
    months = [wording.add_months(rows.month, -back) for back in range(TREND_MONTHS - 1, -1, -1)]
    points = [_csat_point(wording.month(month), series.get(month)) for month in months]
    values = [point.value for point in points if point.value is not None]
    if not values:
        why = f"No satisfaction survey was answered in the {TREND_MONTHS} months to {wording.month(rows.month)}."
        return Panel("csat", "CSAT cannot be measured.", subtitle, empty=why)
    latest = max(day for day in months if day in series)
    row = series[latest]
    limits = [(f"target {row['target']:.0f}", row["target"])] if row["target"] is not None else []
    seen = [*values, *(value for _, value in limits)]
    air = max((max(seen) - min(seen)) * 0.15, 1.0)
    value_range = (min(seen) - air, max(seen) + air)
    gap = None if row["target"] is None else row["value"] - row["target"]
    place = "" if gap is None else f", {wording.points(abs(gap))} {'above' if gap >= 0 else 'below'} target"
    return Panel(
        key="csat",
        title=f"CSAT is {wording.points(row['value'])} in {wording.month(latest)}{place}.",
        subtitle=subtitle,
        figure=level_line(points, wording.points, limits, value_range),
        narrow=level_line(points, wording.points, limits, value_range, narrow=True),
        table=Table(
            ("Month", "CSAT", "Answers", "Target"),
            tuple(
                (
                    text(wording.month(day)),
                    number(wording.points(series[day]["value"]), series[day]["value"]),
                    number(f"{series[day]['denominator']:,.0f}", series[day]["denominator"]),
                    number(wording.points(series[day]["target"]), series[day]["target"]),
                )
                for day in reversed(months)
                if day in series
            ),
        ),
    )


def _csat_point(label: str, row: Mapping[str, Any] | None) -> Point:
    if row is None:
        return Point(label, None)
    answers = int(row["denominator"])
    return Point(label, row["value"], f"({wording.count(answers, 'answer')})", is_sure=answers >= wording.FEW)


def nps_panel(rows: ServiceRows, scope: Scope) -> Panel:
    """Transactional NPS by quarter with its 95 % interval."""
    subtitle = (
        f"Net promoter score of transactional surveys by quarter with 95 % interval, {scope.words}; hollow = too few"
    )
    if not (scope.am_id or scope.is_company):
        why = "NPS is published for each account manager. Choose one above."
        return Panel("nps", "NPS is not published for a team.", subtitle, empty=why)
    by_quarter = {row["period_start"]: row for row in rows.nps.to_dicts()}
    if not by_quarter:
        return Panel("nps", "NPS cannot be measured.", subtitle, empty=f"Nobody answered in {QUARTERS} quarters.")
    newest = newest_quarter(rows.month)
    quarters = [wording.add_months(newest, -3 * back) for back in range(QUARTERS - 1, -1, -1)]
    points = [_nps_point(wording.quarter(day), by_quarter.get(day)) for day in quarters]
    limits = [(f"{name.replace('_', ' ')} from {least:.0f}", least) for name, least in rows.nps_bands]
    row = by_quarter[max(by_quarter)]
    name = wording.quarter(row["period_start"])
    answers = wording.count(row["responses"], "answer")
    if row["is_too_few"]:
        title = f"Too few answered in {name} to say: {answers}."
    else:
        title = f"NPS is {wording.points(row['nps'])} in {name}, from {answers}{_interval_words(row)}."
    ends = [end for point in points for end in (point.low, point.value, point.high) if end is not None]
    ends += [least for _, least in limits]
    value_range = (min(ends) - NPS_AIR, max(ends) + NPS_AIR)
    return Panel(
        key="nps",
        title=title,
        subtitle=subtitle,
        figure=level_line(points, wording.points, limits, value_range, is_joined=False),
        narrow=level_line(points, wording.points, limits, value_range, narrow=True, is_joined=False),
        table=Table(
            ("Quarter", "NPS", "Low", "High", "Answers", "Promoters", "Passives", "Detractors"),
            tuple(_nps_row(by_quarter[day]) for day in reversed(quarters) if day in by_quarter),
        ),
    )


def _interval_words(row: Mapping[str, Any]) -> str:
    if row["nps_low"] is None:
        return ""
    return f"; between {wording.points(row['nps_low'])} and {wording.points(row['nps_high'])}"


def _nps_point(label: str, row: Mapping[str, Any] | None) -> Point:
    if row is None:
        return Point(label, None)
    detail = f"({wording.count(row['responses'], 'answer')}{', too few' if row['is_too_few'] else ''})"
    return Point(label, row["nps"], detail, row["nps_low"], row["nps_high"], is_sure=not row["is_too_few"])


def _nps_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    few = " (too few)" if row["is_too_few"] else ""
    return (
        text(wording.quarter(row["period_start"])),
        *(number(wording.points(row[field]), row[field]) for field in ("nps", "nps_low", "nps_high")),
        number(f"{row['responses']:,}{few}", row["responses"]),
        *(number(f"{row[field]:,}", row[field]) for field in ("promoters", "passives", "detractors")),
    )


def actions_panel(context: Context, rows: ServiceRows, scope: Scope) -> Panel:
    """Action items by the quarter they were added in, and how old the open ones are."""
    subtitle = f"Action items by quarter added, {scope.words}; open ones as at {wording.date(context.as_of_on)}"
    quarters = rows.actions.head(QUARTERS).to_dicts()
    if not quarters:
        return Panel("actions", "No action item is known.", subtitle, empty="No action registry was landed.", span=12)
    all_rows = rows.actions
    open_items, old = int(all_rows["open_items"].sum()), int(all_rows["open_over_60d"].sum())
    oldest = max((days for days in all_rows["oldest_open_days"] if days is not None), default=0)
    title = (
        f"{wording.count(open_items, 'action item')} {'is' if open_items == 1 else 'are'} open, "
        f"{old} of them for more than 60 days; the oldest for {oldest:,} days."
        if open_items
        else "No action item is open."
    )
    rest = all_rows.slice(QUARTERS)
    earlier = [_sum_row(rest)] if rest.height and int(rest["open_items"].sum()) else []
    return Panel(
        key="actions",
        span=12,
        title=title,
        subtitle=subtitle,
        table=Table(
            (
                "Quarter", "Added", "Closed in 30 days", "Closed in 60 days", "Open", "Up to 30 days", "31-60 days",
                "Over 60 days", "Oldest",
            ),
            tuple(_action_row(row, row["quarter_name"]) for row in [*quarters, *earlier]),
        ),
        is_table_open=True,
        remark="An item that is still open counts as not closed, however young it is.",
    )  # fmt: skip


def _sum_row(rest: Any) -> dict[str, Any]:
    """Earlier quarters in one row: what is still open of them must not drop out of sight."""
    row: dict[str, Any] = {
        column: int(rest[column].sum()) for column in rest.columns if column not in ("quarter_start", "quarter_name")
    }
    return {**row, "quarter_name": "Earlier", "oldest_open_days": rest["oldest_open_days"].max()}


def _action_row(row: Mapping[str, Any], name: str) -> tuple[Cell, ...]:
    counts = ("open_items", "open_up_to_30d", "open_31_to_60d", "open_over_60d")
    oldest = row["oldest_open_days"]
    return (
        text(name),
        number(f"{row['items']:,}", row["items"]),
        share_cell(row["closed_30d"], row["items"]),
        share_cell(row["closed_60d"], row["items"]),
        *(number(f"{row[field]:,}", row[field]) for field in counts),
        number("" if oldest is None else f"{oldest:,} days", oldest),
    )
