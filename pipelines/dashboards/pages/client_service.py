"""How a client is served and what it says: payment, NPS, CSAT, escalations, business reviews, people in touch."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.level import Point, level_line
from pipelines.dashboards.pages.client_rows import ClientRows
from pipelines.dashboards.pages.client_tiles import nps_words
from pipelines.dashboards.pages.clients import OWN_QUESTIONS
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import SEGMENTS
from pipelines.dashboards.pages.view import Cell, Panel, Switch, Table, number, text

TREND_MONTHS = 24
ESCALATIONS_SHOWN = 10
CSAT_TARGET = """
    select target::double as target from policy.kpi_targets where kpi = 'csat_mean' and valid_from <= $day
    order by valid_from desc limit 1
"""
YES, NO = ("✓", "good", "yes"), ("✕", "bad", "no")


def service_panels(rows: ClientRows, context: Context) -> tuple[Panel, ...]:
    """All panels on service and satisfaction."""
    return (
        _payment(rows, context),
        _nps(rows, context),
        _csat(rows, context),
        _escalations(rows),
        _reviews(rows, context),
        _people(rows, context),
    )


def _months(rows: ClientRows) -> list[dt.date]:
    return [wording.add_months(rows.month, -back) for back in range(TREND_MONTHS - 1, -1, -1)]


def _payment(rows: ClientRows, context: Context) -> Panel:
    invoiced = wording.count(context.parameter("health_payment_days"), "day")
    subtitle = f"Mean days from issue to payment, weighted by amount, invoices of {invoiced} to each month"
    found = {row["month"]: row for row in rows.health}
    days = {month: found[month]["days_to_pay"] for month in _months(rows) if month in found}
    known = [value for value in days.values() if value is not None]
    if not known:
        why = f"No invoice was issued in the {invoiced} before any of the last {TREND_MONTHS} months."
        return Panel("payment", "Payment cannot be measured.", subtitle, section="Payment and satisfaction", span=4,
                     empty=why)  # fmt: skip
    limits = [
        (f"{row['points']} points up to {row['upper_bound']:.0f}", row["upper_bound"])
        for row in rows.rules.rubric
        if row["measure"] == "days_to_pay" and row["upper_bound"] is not None
    ]
    top = max([*known, *(limit for _, limit in limits[:1])]) * 1.2 + 4
    limits = [limit for limit in limits if limit[1] < top]
    points = [Point(wording.month(month), days.get(month), "days to pay") for month in _months(rows) if month in days]
    flagged = (rows.latest_health or {}).get("flagged_invoices") or 0
    now = days.get(rows.month)
    none = f"It was not invoiced in the last {invoiced}."
    title = none if now is None else f"It pays in {now:.0f} days on average."
    if flagged:
        title = f"{wording.count(flagged, 'overdue invoice')} in collections; {title[0].lower()}{title[1:]}"
    figure = level_line(points, _day_words, limits, (0, top), narrow=True)
    body = tuple(
        (text(wording.month(month)), number("" if value is None else f"{value:.1f}", value),
         number(str(found[month]["flagged_invoices"]), found[month]["flagged_invoices"]))
        for month, value in reversed(days.items())
    )  # fmt: skip
    return Panel(
        "payment", title, subtitle, Table(("Month", "Days to pay", "In collections"), body), figure,
        section="Payment and satisfaction", span=4,
    )  # fmt: skip


def _point(month: dt.date, row: dict[str, Any] | None, measure: str, is_sure: bool) -> Point:
    """A period of a survey; without a row nobody answered."""
    if row is None:
        return Point(wording.month(month), None)
    return Point(wording.month(month), row[measure], wording.count(row["responses"], "answer"), is_sure=is_sure)


def _day_words(value: float) -> str:
    return f"{value:.0f}"


def _nps(rows: ClientRows, context: Context) -> Panel:
    least = context.parameter("nps_minimum_responses")
    subtitle = f"Relationship survey, 12 months to each month; hollow below {least} answers"
    first = _months(rows)[0]
    answers = {
        wording.add_months(row["period_start"], 11): row
        for row in rows.nps
        if row["period_kind"] == "t12m" and row["survey_type"] == "relationship"
    }
    shown = {month: answers[month] for month in _months(rows) if month in answers}
    quarters = [row for row in rows.nps if row["period_kind"] == "quarter" and row["period_start"] >= first]
    if not shown:
        return Panel("nps", "There is no NPS to show.", subtitle, span=4, empty=_no_nps(quarters))
    points = [
        _point(month, row, "nps",
              is_sure=not row or not row["is_too_few"])
        for month in _months(rows) if month >= min(shown)
        for row in [shown.get(month)]
    ]  # fmt: skip
    last = shown[max(shown)]
    span = (-110.0, 110.0)
    body = [
        (text(wording.month(month)), text("relationship, 12 months"), number(nps_words(row["nps"]), row["nps"]),
         number(str(row["responses"]), row["responses"]))
        for month, row in reversed(shown.items())
    ]  # fmt: skip
    body += [
        (text(wording.quarter(row["period_start"])), text(f"{row['survey_type']}, quarter"),
         number(nps_words(row["nps"]), row["nps"]), number(str(row["responses"]), row["responses"]))
        for row in reversed(quarters)
    ]  # fmt: skip
    figure = level_line(points, nps_words, [("0", 0.0)], span, narrow=True)
    title = _nps_title(last, max(shown))
    return Panel("nps", title, subtitle, Table(("Period", "Survey", "NPS", "Answers"), tuple(body)), figure, span=4)


def _nps_title(last: dict[str, Any], month: dt.date) -> str:
    answers = wording.count(last["responses"], "answer")
    period = f"in the 12 months to {wording.month(month)}"
    if last["is_too_few"]:
        return f"Too few NPS answers to rely on: {answers} {period}."
    return f"NPS is {nps_words(last['nps'])} from {answers} {period}."


def _no_nps(quarters: list[dict[str, Any]]) -> str:
    answered = sum(row["responses"] for row in quarters)
    asked = f" The surveys after a delivery brought {wording.count(answered, 'answer')}." if answered else ""
    return f"Nobody answered the relationship survey in the last {TREND_MONTHS} months.{asked}"


def _csat(rows: ClientRows, context: Context) -> Panel:
    subtitle = f"Mean score of each month's answers, 0 to 100; hollow below {wording.FEW} answers"
    months = _months(rows)
    found = {row["month"]: row for row in rows.csat if row["month"] >= months[0]}
    if not found:
        return Panel("csat", "There is no CSAT to show.", subtitle, span=4,
                     empty=f"No answer about a project came in during the last {TREND_MONTHS} months.")  # fmt: skip
    points = [
        _point(month, row, "csat_mean",
              is_sure=bool(row and row["responses"] >= wording.FEW))
        for month in months if month >= min(found)
        for row in [found.get(month)]
    ]  # fmt: skip
    day = wording.add_months(rows.month, 1) - dt.timedelta(days=1)
    targets = context.release.rows(CSAT_TARGET, {"day": day})["target"].to_list()
    limits = [(f"target {target:.0f}", target) for target in targets]
    low = min(min(row["csat_mean"] for row in found.values()), *targets, 100.0) - 8
    last = found[max(found)]
    answers = sum(row["responses"] for row in found.values())
    figure = level_line(points, _day_words, limits, (low, 104), narrow=True)
    body = tuple(
        (text(wording.month(month)), number(f"{row['csat_mean']:.1f}", row["csat_mean"]),
         number(str(row["responses"]), row["responses"]))
        for month, row in reversed(found.items())
    )  # fmt: skip
    title = (
        f"CSAT was {last['csat_mean']:.0f} in {wording.month(max(found))}; {wording.count(answers, 'answer')} in all."
    )
    return Panel("csat", title, subtitle, Table(("Month", "CSAT", "Answers"), body), figure, span=4)


def _escalations(rows: ClientRows) -> Panel:
    subtitle = "Newest first; hours run day and night; met under the severity matrix (which counts) and the KPI targets"
    if not rows.escalations:
        return Panel("escalations", "Nothing was ever escalated.", subtitle, section="Service", span=12,
                     empty="No escalation of this client is recorded up to this month.")  # fmt: skip
    after = dt.datetime.combine(wording.add_months(rows.month, 1), dt.time())
    year_ago = dt.datetime.combine(wording.add_months(rows.month, -11), dt.time())
    recent = [row for row in rows.escalations if row["opened_at"] >= year_ago]
    still_open = [row for row in rows.escalations if row["resolved_at"] is None or row["resolved_at"] >= after]
    shown = [*still_open, *(row for row in rows.escalations if row not in still_open)][:ESCALATIONS_SHOWN]
    late = sum(row["matrix_resolution"] is False for row in recent)
    title = (
        f"{wording.count(len(recent), 'escalation')} in 12 months, {late} resolved late, {len(still_open)} open."
        if recent
        else f"No escalation in 12 months; {len(still_open)} open."
    )
    hidden = len(rows.escalations) - len(shown)
    return Panel(
        key="escalations",
        title=title,
        subtitle=subtitle,
        section="Service",
        table=Table(
            ("Opened", "Severity", "Response", "Resolution", "Matrix: response", "Matrix: resolution", "KPI: response",
             "KPI: resolution", "State"),
            tuple(_escalation(row, row in still_open) for row in shown),
        ),
        is_table_open=True,
        remark=f"{wording.count(hidden, 'older escalation')} not listed." if hidden else "",
        span=12,
    )  # fmt: skip


def _escalation(row: dict[str, Any], is_open: bool) -> tuple[Cell, ...]:
    return (
        text(wording.date(row["opened_at"].date())),
        text(row["severity"] or "none given"),
        _hours(row["response_hours"]),
        _hours(row["resolution_hours"]),
        *(_met(row[name]) for name in ("matrix_response", "matrix_resolution", "kpi_response", "kpi_resolution")),
        text("open", tone="bad", mark="▲") if is_open else text("resolved"),
    )


def _hours(value: float | None) -> Cell:
    if value is None:
        return number("none yet", None)
    return number(f"{value / 24:.1f} days" if value >= 48 else f"{value:.1f} h", round(value, 4))


def _met(value: bool | None) -> Cell:
    if value is None:
        return text("·")
    mark, tone, word = YES if value else NO
    return Cell("met" if value else "missed", word, tone=tone, mark=mark)


def _reviews(rows: ClientRows, context: Context) -> Panel:
    subtitle = "Quarterly business reviews, newest first; due for strategic clients"
    plain = {**dict.fromkeys((*SEGMENTS, *OWN_QUESTIONS)), "client": rows.client["client_id"]}
    switches = (Switch("Touchpoints of the month", context.link("/explain/touchpoint_rate", **plain)),)
    if not rows.reviews:
        why = "Reviews are due each quarter for strategic clients only; none of this client is recorded."
        return Panel("reviews", "No business review was due or held.", subtitle, span=8, empty=why, switches=switches)
    due = [row for row in rows.reviews if row["is_due"]]
    held = sum(bool(row["is_completed"]) for row in due)
    title = (
        f"{held} of the last {wording.count(len(due), 'review')} due {'was' if held == 1 else 'were'} held."
        if due
        else f"{wording.count(len(rows.reviews), 'review')} held without being due."
    )
    return Panel(
        key="reviews",
        title=title,
        subtitle=subtitle,
        table=Table(
            ("Quarter", "Due", "Held", "Executive there", "Deck in time", "Actions logged", "Follow-up in time"),
            tuple(
                (
                    text(wording.quarter(row["quarter_start"])),
                    text("due" if row["is_due"] else "not due"),
                    _yes(row["is_completed"], "held", "not held"),
                    *(
                        _yes(row[name] if row["is_completed"] else None, "yes", "no")
                        for name in ("executive_attended", "deck_on_time", "actions_logged", "follow_up_on_time")
                    ),
                )
                for row in rows.reviews
            ),
        ),
        is_table_open=True,
        span=8,
        switches=switches,
    )


def _yes(value: bool | None, yes: str, no: str) -> Cell:
    if value is None:
        return text("·")
    mark, tone, word = YES if value else NO
    return Cell(yes if value else no, word, tone=tone, mark=mark)


def _people(rows: ClientRows, context: Context) -> Panel:
    people = rows.relations
    recent = wording.count(context.parameter("relationship_days"), "day")
    subtitle = f"Contacts with an activity in the last {recent}, by level"
    if people is None:
        return Panel("people", "Nobody at the client is known to be in touch.", subtitle, span=4,
                     empty=f"No contact of this client has an activity in the last {recent}.")  # fmt: skip
    levels = [("Executives", people["executive_contacts"]), ("Managers", people["manager_contacts"]),
              ("Others", people["other_contacts"])]  # fmt: skip
    total = sum(count for _, count in levels)
    most = max((count for _, count in levels), default=0) or 1
    if total == 0:
        title = "Nobody at the client is in touch."
    elif people["is_single_contact"]:
        title = "Everything hangs on one person: only one contact is in touch."
    else:
        executives = wording.count(people["executive_contacts"], "executive")
        title = f"{wording.count(total, 'person is', 'people are')} in touch, {executives} among them."
    health = rows.latest_health or {}
    sponsor = health.get("sponsor_activities")
    remark = ""
    if sponsor is not None:
        remark = (
            f"{wording.count(sponsor, 'contact') if sponsor else 'No contact'} with the executive sponsor in "
            f"{wording.count(context.parameter('health_sponsor_days'), 'day')}."
        )
    return Panel(
        key="people",
        title=title,
        subtitle=f"{subtitle}, as of {wording.date(people['as_of_on'])}",
        table=Table(
            ("Level", "People"),
            tuple((text(name), number(str(count), count, count / most, "total")) for name, count in levels),
            total=(text("Total"), number(str(total), total)),
        ),
        is_table_open=True,
        remark=remark,
        span=4,
    )
